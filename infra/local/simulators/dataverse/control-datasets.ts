import type { SimulatorRequest } from '../http/routes.ts';
import { type ControlBody, type ControlRoute, numberIn, oneOf, textIn, textsIn } from './control-body.ts';
import { inTransaction } from './database.ts';
import type { DatasetRecord } from './dataset-records.ts';
import type { FileChange } from './file-records.ts';
import type { Installation } from './installation.ts';
import { isLockType } from './lock-records.ts';

/** What happens to datasets, their versions, files and locks beyond the API: by the web pages, or by others. */
export function datasetControlRoutes(dataverse: Installation): ControlRoute[] {
  const { locks, datasets } = dataverse;
  return [
    [
      'POST',
      '/locks',
      (body) => ({ placed: locks.place({ ...lockIn(dataverse, body), ...lockExtras(dataverse, body) }) }),
    ],
    [
      'DELETE',
      '/locks',
      (body) => {
        const { datasetId, lockType } = lockIn(dataverse, body);
        return { removed: locks.remove(datasetId, lockType) };
      },
    ],
    ['POST', '/files/{id}', (body, request) => changeFile(dataverse, Number(request.params['id']), body)],
    ['POST', '/datasets/{id}/delete', (_body, request) => datasets.remove(Number(request.params['id']))],
    ['POST', '/datasets/{id}/publish', (body, request) => publish(dataverse, datasetIn(dataverse, request), body)],
    [
      'POST',
      '/datasets/{id}/files/{fileId}/delete',
      (_body, request) => deleteFile(dataverse, datasetIn(dataverse, request), Number(request.params['fileId'])),
    ],
  ];
}

/** @throws Error when there is no such dataset */
export function existingDataset(dataverse: Installation, datasetId: number): DatasetRecord {
  const dataset = dataverse.datasets.byId(datasetId);
  if (!dataset) throw new Error(`datasetId: there is no dataset ${datasetId}`);
  return dataset;
}

function datasetIn(dataverse: Installation, request: SimulatorRequest): DatasetRecord {
  return existingDataset(dataverse, Number(request.params['id']));
}

function lockIn(dataverse: Installation, body: ControlBody) {
  const { id: datasetId } = existingDataset(dataverse, numberIn(body, 'datasetId'));
  const lockType = textIn(body, 'lockType');
  if (!isLockType(lockType)) throw new Error(`lockType: there is no lock type ${lockType}`);
  return { datasetId, lockType, placedAtMilliseconds: dataverse.clock.nowMilliseconds() };
}

function lockExtras({ users }: Installation, body: ControlBody) {
  const userName = textIn(body, 'user');
  if (!users.byName(userName)) throw new Error(`user: nobody is called ${userName}`);
  return { userName, message: (body['message'] as string) ?? null };
}

/** `{restricted?, embargo?, retention?, persistentId?, downloaders?: [<user name>]}`. */
function changeFile({ files, database }: Installation, fileId: number, body: ControlBody): void {
  if (files.views(fileId).length === 0) throw new Error(`there is no file ${fileId}`);
  inTransaction(database, () => {
    files.change(fileId, body as FileChange);
    if ('downloaders' in body) files.setDownloaders(fileId, textsIn(body, 'downloaders'));
  });
}

/** Publishing ends the private URL, which shows drafts only. */
function publish(dataverse: Installation, { id }: DatasetRecord, body: ControlBody) {
  const step = 'type' in body ? oneOf(body, 'type', ['major', 'minor']) : 'major';
  return inTransaction(dataverse.database, () => {
    const version = dataverse.datasets.publishDraft(id, step, dataverse.clock.nowMilliseconds());
    dataverse.privateUrls.remove(id);
    return { version: `${version.major}.${version.minor}` };
  });
}

/** Takes the file out of the draft, which is opened for it; published versions keep theirs. */
function deleteFile({ datasets, files, database, clock }: Installation, { id }: DatasetRecord, fileId: number): void {
  inTransaction(database, () => {
    const draft = datasets.openDraft(id, clock.nowMilliseconds());
    const isInDraft = files.views(fileId).some((view) => view.versionId === draft.id);
    if (!isInDraft) throw new Error(`the latest version of dataset ${id} has no file ${fileId}`);
    files.removeFromVersion(fileId, draft.id);
  });
}
