import { parseTransferId } from '../domain/ids.ts';
import { authoriseViewer, persistentIdOf } from '../use-cases/authorise-transfer.ts';
import { showTransfer } from '../use-cases/show-transfer.ts';
import { accountTokenOf } from './caller.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import { ok } from './reply.ts';
import { wholeNumberIn } from './whole-number-in.ts';

/** More files than any transfer has. */
const BEYOND_ALL_FILES = 1_000_000;

/** `GET …/globus/transfers/{transferId}`: how it stands, what Globus says of its task now, and what becomes of each file. */
const showOne: Operation = async (app, request) => {
  const actingAs = accountTokenOf(request);
  const transferId = parseTransferId(request.transferInPath);
  const page = {
    start: wholeNumberIn(request, 'start', { least: 0, most: BEYOND_ALL_FILES, otherwise: 0 }),
    limit: wholeNumberIn(request, 'limit', { least: 1, most: 1_000, otherwise: 100 }),
  };
  const record = await authoriseViewer(app.ports, transferId, actingAs);
  const persistentId = await persistentIdOf(app.ports, record.datasetId, actingAs);
  return ok(await showTransfer(app.ports, record, persistentId, page));
};

export const handler = httpHandler('show-transfer', showOne);
