import { InvalidRequestError } from './errors.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Dataverse's database id of a dataset, decimal digits. */
export type DatasetId = Branded<'DatasetId'>;
/** `<datasetId>-<11 hex milliseconds>` (design section 5, Identifiers). */
export type TransferId = Branded<'TransferId'>;
/** Globus's id of a task, lower-case UUID. */
export type TaskId = Branded<'TaskId'>;
/** A Globus identity, lower-case UUID. */
export type PrincipalId = Branded<'PrincipalId'>;
/** A Globus collection, lower-case UUID. */
export type CollectionId = Branded<'CollectionId'>;
/** Globus's id of an access rule. Opaque to us. */
export type RuleId = Branded<'RuleId'>;
/** Dataverse's user name without `@`. */
export type UserName = Branded<'UserName'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function parseUuid(what: string, text: unknown): string {
  const lower = typeof text === 'string' ? text.toLowerCase() : '';
  if (!UUID.test(lower)) throw new InvalidRequestError(`${what}: expected a UUID, got ${shown(text)}`);
  return lower;
}

/** Parses a dataset's database id. @throws InvalidRequestError with Dataverse's own message (dataverse-api.md 1.2) */
export function parseDatasetId(value: unknown): DatasetId {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^[1-9][0-9]{0,18}$/.test(text)) {
    throw new InvalidRequestError(`Bad dataset ID number: ${typeof text === 'string' ? text : typeof text}.`);
  }
  return text as DatasetId;
}

/** Parses a task id. @throws InvalidRequestError when it is not a UUID */
export function parseTaskId(text: unknown): TaskId {
  return parseUuid('taskIdentifier', text) as TaskId;
}

/** Parses a principal. @throws InvalidRequestError when it is not a UUID */
export function parsePrincipalId(text: unknown): PrincipalId {
  return parseUuid('principal', text) as PrincipalId;
}

/** Parses a collection id. @throws InvalidRequestError when it is not a UUID */
export function parseCollectionId(text: unknown): CollectionId {
  return parseUuid('collection', text) as CollectionId;
}

/** Takes a rule id as Globus gave it. */
export function asRuleId(text: string): RuleId {
  return text as RuleId;
}

/** Takes a user name as Dataverse gave it; a leading `@` is dropped. */
export function asUserName(text: string): UserName {
  return text.replace(/^@/, '') as UserName;
}

/**
 * Builds the id of a transfer from its dataset and the moment of its grant.
 * @param epochMilliseconds - milliseconds since 1970; fits 11 hex digits from 2004 to 2527
 */
export function transferIdOf(datasetId: DatasetId, epochMilliseconds: number): TransferId {
  return `${datasetId}-${timePartOf(epochMilliseconds)}` as TransferId;
}

/** The 11 hex digits that a transfer and all its storage identifiers share. */
export function timePartOf(epochMilliseconds: number): string {
  return epochMilliseconds.toString(16).padStart(11, '0');
}

/** Parses a transfer id. @throws InvalidRequestError when it has another form */
export function parseTransferId(text: unknown): TransferId {
  if (typeof text !== 'string' || !/^[1-9][0-9]{0,18}-[0-9a-f]{11}$/.test(text)) {
    throw new InvalidRequestError(`transferId: expected <datasetId>-<11 hex digits>, got ${shown(text)}`);
  }
  return text as TransferId;
}

/** The dataset a transfer belongs to. */
export function datasetIdOf(transferId: TransferId): DatasetId {
  return transferId.slice(0, transferId.lastIndexOf('-')) as DatasetId;
}

/** The time part of a transfer id, 11 hex digits. */
export function timePartOfTransfer(transferId: TransferId): string {
  return transferId.slice(transferId.lastIndexOf('-') + 1);
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, 80))
    : value === undefined
      ? 'nothing'
      : typeof value;
}
