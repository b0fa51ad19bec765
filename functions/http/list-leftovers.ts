import { InvalidRequestError } from '../domain/errors.ts';
import { authoriseEditor } from '../use-cases/authorise-editor.ts';
import { explainLeftovers } from '../use-cases/explain-leftovers.ts';
import { findStore } from '../use-cases/find-store.ts';
import { type DirectoryFile, listLeftovers } from '../use-cases/list-leftovers.ts';
import { accountTokenOf } from './caller.ts';
import { datasetNamed } from './dataset-named.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import { asManyAsCarried, json } from './reply.ts';

/** Of more the reasons would take too long to read; when the oldest are deleted the others are shown. */
const MOST_SHOWN = 10_000;

/**
 * `GET /globus/leftovers`: bytes in a dataset's directory that no file of it explains, for whoever may edit the dataset. `totalCount` says how
 * many there are, should the list be cut.
 */
const listLeftoversOfDataset: Operation = async (app, request) => {
  const caller = accountTokenOf(request);
  const { query } = request;
  const reference = datasetNamed({ persistentId: query.get('persistentId'), datasetId: query.get('datasetId') });
  const { dataset } = await authoriseEditor(app.ports, reference, caller);
  const store = await findStore(app.ports, app.settings.stores, reference);
  if (typeof store === 'string') throw new InvalidRequestError('The store of this dataset is not served here.');
  const all = await listLeftovers(app.ports, { dataset, store });
  const leftovers = all.slice(0, MOST_SHOWN);
  const reasons = await explainLeftovers(app.ports, leftovers);
  const entries = leftovers.map((leftover) => shown(leftover, reasons.get(leftover.storageIdentifier)));
  return json(200, { status: 'OK', totalCount: all.length, data: asManyAsCarried(entries) });
};

function shown(leftover: DirectoryFile, reason: string | undefined) {
  const { storageIdentifier, path, sizeBytes, modifiedAtEpochSeconds, transfer } = leftover;
  return {
    storageIdentifier,
    path,
    sizeBytes,
    modifiedAt: modifiedAtEpochSeconds === null ? null : new Date(modifiedAtEpochSeconds * 1000).toISOString(),
    transferId: transfer?.transferId ?? null,
    transferState: transfer?.state ?? null,
    reason: reason ?? null,
  };
}

export const handler = httpHandler('list-leftovers', listLeftoversOfDataset);
