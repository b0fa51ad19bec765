/** Orders of a file listing by the names the API gives them (dataverse-api.md 4.3). */
const ORDERS = {
  NameAZ: 'label, fileId',
  NameZA: 'label DESC, fileId',
  Newest: 'createdAtMilliseconds DESC, fileId',
  Oldest: 'createdAtMilliseconds, fileId',
  Size: 'sizeBytes, fileId',
  Type: 'contentType, fileId',
} as const;
export type FileOrder = keyof typeof ORDERS;

const RETAINED = `ifnull(json_extract(retention, '$.dateUnavailable') >= :today, 1)`;
const EMBARGOED = `ifnull(json_extract(embargo, '$.dateAvailable') > :today, 0)`;
/** What each access status means; days are texts, so that they compare as they read. */
const ACCESS_CONDITIONS = {
  Public: `${RETAINED} AND NOT ${EMBARGOED} AND NOT restricted`,
  Restricted: `${RETAINED} AND NOT ${EMBARGOED} AND restricted`,
  EmbargoedThenRestricted: `${RETAINED} AND ${EMBARGOED} AND restricted`,
  EmbargoedThenPublic: `${RETAINED} AND ${EMBARGOED} AND NOT restricted`,
  RetentionPeriodExpired: `NOT ${RETAINED}`,
} as const;
export type AccessStatus = keyof typeof ACCESS_CONDITIONS;
/** All of them; each file has exactly one. */
export const ACCESS_STATUSES = Object.keys(ACCESS_CONDITIONS) as readonly AccessStatus[];

/** What a caller wants to see of a version's files; members that are undefined do not narrow it. */
export interface FileListingWish {
  readonly order: FileOrder;
  readonly offset: number;
  readonly limit: number | undefined;
  readonly accessStatus: AccessStatus | undefined;
  readonly contentType: string | undefined;
  readonly categoryName: string | undefined;
  readonly searchText: string | undefined;
  /** Day embargoes and retention periods are compared with, `YYYY-MM-DD`. */
  readonly today: string;
}

/** Whether the text is a value of `orderCriteria`. */
export function isFileOrder(text: string): text is FileOrder {
  return Object.hasOwn(ORDERS, text);
}

/** Whether the text is a value of `accessStatus`. */
export function isAccessStatus(text: string): text is AccessStatus {
  return Object.hasOwn(ACCESS_CONDITIONS, text);
}

/** The wish as SQL over the columns of a file view: conditions that begin with AND, their values in order, and an order. */
export function listingClauses(wish: FileListingWish): { condition: string; order: string; values: string[] } {
  const conditions: string[] = [];
  const values: string[] = [];
  const add = (condition: string, ...given: string[]) => {
    conditions.push(`AND (${condition})`);
    values.push(...given);
  };
  if (wish.accessStatus !== undefined) {
    const condition = ACCESS_CONDITIONS[wish.accessStatus];
    const marks = condition.split(':today').length - 1;
    add(condition.replaceAll(':today', '?'), ...Array<string>(marks).fill(wish.today));
  }
  if (wish.contentType !== undefined) add('contentType = ?', wish.contentType);
  if (wish.categoryName !== undefined) {
    add('EXISTS (SELECT 1 FROM json_each(categories) WHERE json_each.value = ?)', wish.categoryName);
  }
  if (wish.searchText !== undefined) add(`instr(lower(label || ' ' || description), lower(?)) > 0`, wish.searchText);
  return { condition: conditions.join(' '), order: ORDERS[wish.order], values };
}
