import { accountOf } from './callers.ts';
import { inTransaction } from './database.ts';
import type { DatasetRecord } from './dataset-records.ts';
import { type AddedEntry, createEntryProcessor } from './entry-processor.ts';
import { type ApiRoute, type Call, hasMethod } from './installation.ts';
import { SAVING_MESSAGE } from './lock-records.ts';
import { editRefusal } from './lock-routes.ts';
import { findDataset, isAllowed, notPermittedMessage } from './lookups.ts';
import { ApiFailure, failure, ok } from './replies.ts';
import { readJsonPart } from './request-bodies.ts';

/** Registering files (dataverse-api.md 4.8). */
export const addFilesRoutes: readonly ApiRoute[] = [
  ['POST', '/datasets/{id}/addFiles', addFiles, { consumes: 'multipart/form-data' }],
];

const COMMAND_FAILED = 'CommandException updating DatasetVersion from addFiles job: ';
const PACKAGE_FILE = 'application/vnd.dataverse.file-package';

/** @throws ApiFailure 403 when a version of the dataset holds a package file */
export function refusePackageFiles({ dataverse }: Pick<Call, 'dataverse'>, dataset: DatasetRecord): void {
  if (dataverse.files.holdsType(dataset.id, PACKAGE_FILE)) {
    throw new ApiFailure(403, 'File upload via HTTP disabled since this dataset already contains a package file.');
  }
}

/**
 * Answers 200 with a result per entry, even if every entry failed; but the version is saved as a whole, so a lock, a missing
 * permission, an illegal name or an identifier the dataset has already is a 500 and nothing is added.
 */
async function addFiles(call: Call) {
  const { dataverse, caller } = call;
  if (!hasMethod(dataverse, ':UploadMethods', 'native/http')) {
    return failure(503, 'File upload via HTTP is not available for this installation of Dataverse.');
  }
  const dataset = findDataset(call);
  refusePackageFiles(call, dataset);
  const entries = await readEntries(call);
  const mayEdit = isAllowed(dataverse, caller, dataset.id, 'EditDataset');
  const processEntry = createEntryProcessor(dataverse, dataset, mayEdit);
  const results: AddedEntry[] = [];
  for (const raw of entries) results.push(await processEntry(raw));

  const saveRefusal = await save(call, dataset, results, mayEdit);
  if (saveRefusal !== undefined) return failure(500, COMMAND_FAILED + saveRefusal);
  if (mustFailAfterAdding(call)) throw new Error('told to fail after adding');
  return ok({
    Files: results.map((result) => result.reply),
    Result: {
      'Total number of files': entries.length,
      'Number of files successfully added': results.filter((result) => result.file).length,
    },
  });
}

async function readEntries(call: Call): Promise<Record<string, unknown>[]> {
  const parsed = await readJsonPart(call.request).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : 'no text';
    throw new ApiFailure(400, `Json Parsing Exception :${reason}`);
  });
  const isObject = (each: unknown) => typeof each === 'object' && each !== null && !Array.isArray(each);
  if (!Array.isArray(parsed) || !parsed.every(isObject)) throw new TypeError('jsonData: expected an array of objects');
  return parsed as Record<string, unknown>[];
}

/** Saves the version with the new files under a lock of its own; the text of the refusal, if it is refused. */
async function save(
  { dataverse, caller }: Call,
  dataset: DatasetRecord,
  results: readonly AddedEntry[],
  mayEdit: boolean,
): Promise<string | undefined> {
  const account = accountOf(caller);
  if (!mayEdit || !account) return notPermittedMessage(caller);
  const { locks, clock, switches } = dataverse;
  // Whoever placed it: a service guards the hand-over with this lock and counts on its going here (dataverse-api.md 4.4).
  locks.remove(dataset.id, 'EditInProgress');
  const locked = editRefusal(dataverse, caller, dataset.id, 'save');
  if (locked) return locked;
  const violation = results.find((result) => result.violation)?.violation;
  if (violation) return violation;

  const files = results.flatMap((result) => result.file ?? []);
  locks.place({
    datasetId: dataset.id,
    lockType: 'EditInProgress',
    userName: account.name,
    message: SAVING_MESSAGE,
    placedAtMilliseconds: clock.nowMilliseconds(),
  });
  try {
    const delayMilliseconds = switches.millisecondsPerRegisteredFile * files.length;
    if (delayMilliseconds > 0) await clock.waitUntil(clock.nowMilliseconds() + delayMilliseconds, dataverse.closing);
    inTransaction(dataverse.database, () => {
      const now = clock.nowMilliseconds();
      const draft = dataverse.datasets.openDraft(dataset.id, now);
      for (const file of files) dataverse.files.add(dataset.id, draft.id, file, now);
    });
    locks.remove(dataset.id, 'EditInProgress');
    return undefined;
  } catch (error) {
    // A server that stops in the middle leaves its lock; the next start removes it.
    if (dataverse.closing.aborted) throw error;
    locks.remove(dataset.id, 'EditInProgress');
    return (error as Error).message;
  }
}

function mustFailAfterAdding({ dataverse: { switches } }: Call): boolean {
  if (switches.failuresAfterAdding === 0) return false;
  if (switches.failuresAfterAdding !== null) switches.failuresAfterAdding -= 1;
  return true;
}
