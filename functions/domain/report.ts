import { contentHash } from './canonical-json.ts';
import { InvalidRequestError } from './errors.ts';
import { parseTaskId, type TaskId } from './ids.ts';
import { parseJson } from './json.ts';
import { type FileChecksum, parseChecksumType, type ReportedFile } from './reported-file.ts';
import * as z from './schema.ts';

/** What addGlobusFiles was told: the task, its files, and the hash that recognises the same report again. */
export interface UploadReport {
  readonly taskId: TaskId;
  readonly files: readonly ReportedFile[];
  readonly bodyHash: string;
}

/** Longest texts accepted; Dataverse's columns are shorter or equal. */
const text = z.string().check(z.maxLength(10_000));
/** A file's entry must fit into one item of the table with room to spare (A13). */
const LONGEST_ENTRY_BYTES = 50_000;
/** Told of misshapen entries. */
const MOST_FAULTS = 10;
const flag = z.union([z.boolean(), z.string()]);
const category = z.union([text, z.object({ name: text })]);
const optional = <Schema extends z.core.$ZodType>(schema: Schema) => z.optional(z.nullable(schema));

const entrySchema = z.object({
  storageIdentifier: text,
  fileName: optional(text),
  label: optional(text),
  mimeType: optional(text),
  md5Hash: optional(text),
  checksum: optional(z.object({ '@type': optional(text), '@value': optional(text) })),
  description: optional(text),
  directoryLabel: optional(text),
  categories: optional(z.array(category)),
  dataFileTags: optional(z.array(text)),
  restrict: optional(flag),
  tabIngest: optional(flag),
  provFreeForm: optional(text),
});

const reportSchema = z.object({ taskIdentifier: text, files: z.array(z.unknown()) });
type Entry = z.infer<typeof entrySchema>;

/** Characters Dataverse refuses in a file name; one bad name can fail a whole batch (dataverse-api.md 4.8). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
const ILLEGAL_IN_NAME = /[:<>;#/"*|?\\\u0000-\u001f\u007f]/;
/** What Dataverse allows in a directory label (dataverse-api.md 4.8). */
const DIRECTORY_LABEL = /^[\w\-./\\ ]*$/;

/**
 * Parses the `jsonData` part of addGlobusFiles.
 * @throws InvalidRequestError `Error parsing json body` as Dataverse says, followed by what was expected; every faulty file is named
 */
export function parseUploadReport(jsonData: string): UploadReport {
  const value = parseJson(jsonData, 'Error parsing json body');
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) throw misshapen(parsed.error.issues.map((issue) => faultIn(issue)));
  const taskId = parseTaskId(parsed.data.taskIdentifier);
  if (parsed.data.files.length === 0)
    throw new InvalidRequestError('Error parsing json body: files: expected at least one file, got an empty list.');
  const faults: string[] = [];
  const files = parseEntries(parsed.data.files).map((entry, index) => toReportedFile(entry, index, faults));
  const identifiers = new Set(files.map((file) => file.storageIdentifier));
  if (identifiers.size < files.length) faults.push('files: a storageIdentifier is given more than once');
  if (faults.length > 0) {
    const shown = faults.slice(0, 20).join('; ');
    throw new InvalidRequestError(
      `Error parsing json body: ${shown}${faults.length > 20 ? `; and ${faults.length - 20} more` : ''}`,
    );
  }
  return { taskId, files, bodyHash: contentHash(value) };
}

/** One entry at a time, and no more once ten faults are found: nobody reads more, and memory may not hold those of a list that is wrong all over. */
function parseEntries(values: readonly unknown[]): readonly Entry[] {
  const faults: string[] = [];
  const entries: Entry[] = [];
  for (const [index, value] of values.entries()) {
    if (faults.length >= MOST_FAULTS) break;
    if (Buffer.byteLength(JSON.stringify(value)) > LONGEST_ENTRY_BYTES) {
      faults.push(`files.${index}: its description has more than ${LONGEST_ENTRY_BYTES} bytes in all`);
      continue;
    }
    const parsed = entrySchema.safeParse(value);
    if (parsed.success) entries.push(parsed.data);
    else
      faults.push(
        ...parsed.error.issues.slice(0, MOST_FAULTS).map((issue) => faultIn(issue, ['files', String(index)])),
      );
  }
  if (faults.length > 0) throw misshapen(faults);
  return entries;
}

function faultIn({ path, message }: z.core.$ZodIssue, within: string[] = []): string {
  const place = [...within, ...path].join('.');
  return `${place || 'jsonData'}: ${message}`;
}

function misshapen(faults: readonly string[]): InvalidRequestError {
  return new InvalidRequestError(
    `Error parsing json body: expected {"taskIdentifier": "…", "files": [{"storageIdentifier": "…", "fileName": "…"}, …]}. ${faults.slice(0, MOST_FAULTS).join('; ')}`,
  );
}

function toReportedFile(entry: Entry, index: number, faults: string[]): ReportedFile {
  const fileName = entry.label || entry.fileName || '';
  if (fileName.trim() === '') faults.push(`files.${index}: expected a fileName`);
  if (ILLEGAL_IN_NAME.test(fileName)) {
    faults.push(
      `files.${index}: File Name cannot contain any of the following characters:  / : * ? " < > | ; # \\ (${fileName})`,
    );
  }
  if (!DIRECTORY_LABEL.test(entry.directoryLabel ?? '')) {
    faults.push(
      `files.${index}: directoryLabel may hold letters, digits, blanks and _ - . / \\ only (${entry.directoryLabel})`,
    );
  }
  const checksum = checksumOf(entry);
  const categories = entry.categories?.map((each) => (typeof each === 'string' ? each : each.name));
  return {
    storageIdentifier: entry.storageIdentifier,
    fileName,
    ...(entry.mimeType ? { mimeType: entry.mimeType } : {}),
    ...(checksum ? { checksum } : {}),
    ...(entry.description ? { description: entry.description } : {}),
    ...(entry.directoryLabel ? { directoryLabel: entry.directoryLabel } : {}),
    ...(categories?.length ? { categories } : {}),
    ...(entry.dataFileTags?.length ? { dataFileTags: entry.dataFileTags } : {}),
    ...(entry.restrict == null ? {} : { restrict: isTrue(entry.restrict) }),
    ...(entry.tabIngest == null ? {} : { tabIngest: isTrue(entry.tabIngest) }),
    ...(entry.provFreeForm ? { provFreeForm: entry.provFreeForm } : {}),
  };
}

/** `md5Hash` outranks `checksum`, as in Dataverse; a type Dataverse does not know counts as not given. */
function checksumOf(entry: Entry): FileChecksum | undefined {
  if (entry.md5Hash) return { type: 'MD5', value: entry.md5Hash };
  const type = parseChecksumType(entry.checksum?.['@type'] ?? '');
  const value = entry.checksum?.['@value'];
  return type && value ? { type, value } : undefined;
}

/** Only `"true"` in any case is true (dataverse-api.md 4.8). */
function isTrue(value: boolean | string): boolean {
  return String(value).toLowerCase() === 'true';
}
