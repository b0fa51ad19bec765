import { createHash } from 'node:crypto';
import { isUuid, parseTime } from './documents.ts';
import { canonicalPath, commonDirectory } from './paths.ts';
import type { NewItem } from './task-items.ts';
import type { FilterRule, TaskOptions } from './task-record.ts';
import { badRequest, TransferError } from './transfer-error.ts';

/** A submission, checked and brought into the form in which tasks are kept. */
export interface Submission {
  readonly submissionId: string;
  readonly sourceId: string;
  readonly destinationId: string | null;
  readonly label: string | null;
  readonly deadlineAtMilliseconds: number | null;
  readonly options: TaskOptions;
  readonly items: readonly NewItem[];
  /** Same for two submissions that name the same collections and the same paths in any order. */
  readonly pathsHash: string;
}

type Document = Readonly<Record<string, unknown>>;

const FLAGS = [
  'verify_checksum',
  'preserve_timestamp',
  'encrypt_data',
  'delete_destination_extra',
  'skip_source_errors',
  'fail_on_quota_errors',
  'notify_on_succeeded',
  'notify_on_failed',
  'notify_on_inactive',
  'store_base_path_info',
  'recursive',
  'ignore_missing',
  'interpret_globs',
];
const LONGEST_LABEL = 128;

/**
 * Checks a `transfer` document (globus-api.md 2.3); members it does not know are passed over.
 * @throws TransferError 400 ClientError.BadRequest, or ClientError.BadRequest.NoTransferItems
 */
export function parseTransfer(document: Document): Submission {
  const common = parseCommon(document, 'transfer');
  const sourceId = parseId(document, 'source_endpoint');
  const destinationId = parseId(document, 'destination_endpoint');
  const items = parseItems(document, transferItem);
  const options = parseOptions(document, items);
  return { ...common, sourceId, destinationId, items, options, pathsHash: hashPaths([sourceId, destinationId], items) };
}

/** Checks a `delete` document. @throws TransferError 400 */
export function parseDelete(document: Document): Submission {
  const common = parseCommon(document, 'delete');
  const sourceId = parseId(document, 'endpoint');
  const items = parseItems(document, deleteItem);
  const options = parseOptions(document, items);
  return { ...common, sourceId, destinationId: null, items, options, pathsHash: hashPaths([sourceId], items) };
}

/** A label as the service accepts it. @throws TransferError 400 */
export function parseLabel(label: unknown): string | null {
  if (label === undefined || label === null) return null;
  const isFit =
    typeof label === 'string' && label.length <= LONGEST_LABEL && !/[\r\n]/.test(label) && label.trim() === label;
  if (!isFit) throw badRequest(`label must be at most ${LONGEST_LABEL} characters without line breaks or outer blanks`);
  return label;
}

/** A deadline in milliseconds since 1970. @throws TransferError 400 */
export function parseDeadline(deadline: unknown): number | null {
  if (deadline === undefined || deadline === null) return null;
  const milliseconds = typeof deadline === 'string' ? parseTime(deadline) : undefined;
  if (milliseconds === undefined) throw badRequest('deadline must be an ISO 8601 time');
  return milliseconds;
}

function parseCommon(document: Document, dataType: string) {
  if (document['DATA_TYPE'] !== dataType) throw badRequest(`DATA_TYPE must be "${dataType}"`);
  for (const flag of FLAGS) {
    const value = document[flag];
    if (value !== undefined && value !== null && typeof value !== 'boolean')
      throw badRequest(`${flag} must be a boolean`);
  }
  return {
    submissionId: parseId(document, 'submission_id'),
    label: parseLabel(document['label']),
    deadlineAtMilliseconds: parseDeadline(document['deadline']),
  };
}

function parseId(document: Document, name: string): string {
  const value = document[name];
  if (!isUuid(value)) throw badRequest(`${name} must be a UUID`);
  return value.toLowerCase();
}

function parseItems(document: Document, parse: (item: Document, where: string) => NewItem): NewItem[] {
  const data = document['DATA'] ?? [];
  if (!Array.isArray(data)) throw badRequest('DATA must be an array');
  if (data.length === 0)
    throw new TransferError(400, 'ClientError.BadRequest.NoTransferItems', 'A submission needs at least one item');
  return data.map((item: unknown, index) => {
    if (typeof item !== 'object' || item === null) throw badRequest(`DATA[${index}] must be an object`);
    return parse(item as Document, `DATA[${index}]`);
  });
}

function transferItem(item: Document, where: string): NewItem {
  if (item['DATA_TYPE'] !== 'transfer_item') throw badRequest(`${where}.DATA_TYPE must be "transfer_item"`);
  const { recursive } = item;
  if (recursive !== undefined && recursive !== null && typeof recursive !== 'boolean')
    throw badRequest(`${where}.recursive must be a boolean`);
  return {
    stage: recursive === false ? 'file' : 'scan',
    recursive: recursive === true ? 'yes' : recursive === false ? 'no' : 'auto',
    sourcePath: parsePath(item, 'source_path', where),
    destinationPath: parsePath(item, 'destination_path', where),
    externalChecksum: textOrNull(item['external_checksum']),
    externalAlgorithm: textOrNull(item['checksum_algorithm']),
  };
}

function deleteItem(item: Document, where: string): NewItem {
  const sourcePath = parsePath(item, 'path', where);
  return {
    stage: 'file',
    recursive: 'auto',
    sourcePath,
    destinationPath: '',
    externalChecksum: null,
    externalAlgorithm: null,
  };
}

function parsePath(item: Document, name: string, where: string): string {
  const path = item[name];
  if (typeof path !== 'string' || canonicalPath(path) === undefined)
    throw badRequest(`${where}.${name} must be an absolute path`);
  return path;
}

function parseOptions(document: Document, items: readonly NewItem[]): TaskOptions {
  const flag = (name: string) => document[name] === true;
  const syncLevel = document['sync_level'] ?? null;
  if (syncLevel !== null && ![0, 1, 2, 3].includes(syncLevel as number))
    throw badRequest('sync_level must be 0, 1, 2, 3 or null');
  const basePath = (path: (item: NewItem) => string) =>
    commonDirectory(
      items.map((item) => (item.recursive === 'yes' ? `${path(item).replace(/\/+$/, '')}/` : path(item))),
    );
  const isStored = flag('store_base_path_info');
  return {
    sync_level: syncLevel as number | null,
    verify_checksum: flag('verify_checksum'),
    preserve_timestamp: flag('preserve_timestamp'),
    encrypt_data: flag('encrypt_data'),
    delete_destination_extra: flag('delete_destination_extra'),
    skip_source_errors: flag('skip_source_errors'),
    fail_on_quota_errors: flag('fail_on_quota_errors'),
    recursive_symlinks: textOrNull(document['recursive_symlinks']) ?? 'ignore',
    filter_rules: parseFilterRules(document['filter_rules']),
    source_base_path: isStored ? basePath((item) => item.sourcePath) : null,
    destination_base_path: isStored ? basePath((item) => item.destinationPath) : null,
    recursive: flag('recursive'),
    ignore_missing: flag('ignore_missing'),
  };
}

function parseFilterRules(rules: unknown): readonly FilterRule[] | null {
  if (rules === undefined || rules === null) return null;
  const isFit = (rule: unknown) => {
    const { method, name } = (rule ?? {}) as Document;
    return (method === 'include' || method === 'exclude') && typeof name === 'string';
  };
  if (!Array.isArray(rules) || !rules.every(isFit)) throw badRequest('filter_rules must be an array of filter rules');
  return rules as FilterRule[];
}

function hashPaths(collections: readonly string[], items: readonly NewItem[]): string {
  const pairs = items.map((item) => `${item.sourcePath}\0${item.destinationPath}\0${item.recursive}`).sort();
  return createHash('sha256')
    .update([...collections, ...pairs].join('\n'))
    .digest('hex');
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
