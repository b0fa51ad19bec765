import { ForbiddenError, InvalidRequestError, UnauthenticatedError } from '../domain/errors.ts';
import { type DatasetId, datasetIdOf, parseDatasetId, parseTransferId } from '../domain/ids.ts';
import { summaryOf } from '../domain/transfer-summary.ts';
import type { ActingAs } from '../ports/dataverse.ts';
import { type Asker, identifyAsker, persistentIdOf } from '../use-cases/authorise-transfer.ts';
import {
  listOpenTransfers,
  listTransfersOfDataset,
  type TransferPage,
  type TransferPageRequest,
} from '../use-cases/list-transfers.ts';
import type { Application } from '../wiring.ts';
import { accountTokenOf } from './caller.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { type HttpReply, json } from './reply.ts';
import { wholeNumberIn } from './whole-number-in.ts';

/**
 * `GET …/globus/transfers`: the transfers of a dataset, for whoever may edit it; others see their own. Operators see all, and without a dataset
 * what is open anywhere (design section 7).
 */
const listTransfers: Operation = async (app, request) => {
  const actingAs = accountTokenOf(request);
  const page = pageIn(request);
  const asker = await identifyAsker(app.ports, actingAs);
  const dataset = await datasetIn(app, request, actingAs);
  if (!dataset) {
    if (!asker.isOperator) {
      throw new InvalidRequestError(
        'Expected persistentId=<the persistent id> or datasetId=<the number> of a dataset: only operators are shown what is open everywhere.',
      );
    }
    return reply(await listOpenTransfers(app.ports, app.settings.stores, page), null);
  }
  const { datasetId, persistentId } = dataset;
  if (page.before !== undefined && datasetIdOf(page.before) !== datasetId) {
    throw new InvalidRequestError(`before: expected a transfer of dataset ${datasetId}, got ${page.before}.`);
  }
  const seesAll = await maySeeAll(app, datasetId, asker, actingAs);
  const maySee = (record: { readonly userName: string }) => seesAll || record.userName === asker.userName;
  return reply(await listTransfersOfDataset(app.ports, datasetId, page, maySee), persistentId);
};

function reply({ transfers, next }: TransferPage, persistentId: string | null): HttpReply {
  const data = transfers.map((record) => summaryOf(record, persistentId));
  return json(200, { status: 'OK', data, next });
}

function pageIn(request: HttpRequest): TransferPageRequest {
  const before = request.query.get('before');
  return {
    limit: wholeNumberIn(request, 'limit', { least: 1, most: 1_000, otherwise: 100 }),
    before: before === null ? undefined : parseTransferId(before),
  };
}

/** Operators are shown also what belongs to a dataset that is gone. @throws NotFoundError when others name one that there is not */
async function maySeeAll(
  { ports }: Application,
  datasetId: DatasetId,
  asker: Asker,
  actingAs: ActingAs,
): Promise<boolean> {
  if (asker.isOperator) return true;
  const dataset = { kind: 'database-id', datasetId } as const;
  return (await ports.dataverse.datasetPermissions(dataset, actingAs)).canEditDataset;
}

interface NamedDataset {
  readonly datasetId: DatasetId;
  readonly persistentId: string | null;
}

/** @throws ForbiddenError when a persistent id is that of a dataset which the account may not see */
async function datasetIn(
  { ports }: Application,
  { query }: HttpRequest,
  actingAs: ActingAs,
): Promise<NamedDataset | undefined> {
  const [persistentId, number] = [query.get('persistentId'), query.get('datasetId')];
  if (persistentId && number) throw new InvalidRequestError('Expected persistentId or datasetId, got both.');
  if (number) {
    const datasetId = parseDatasetId(number);
    return { datasetId, persistentId: await persistentIdOf(ports, datasetId, actingAs) };
  }
  if (!persistentId) return undefined;
  try {
    const dataset = { kind: 'persistent-id', persistentId } as const;
    return { datasetId: (await ports.dataverse.describeDataset(dataset, actingAs)).datasetId, persistentId };
  } catch (error) {
    // The account is proven: what Dataverse refuses it here is the dataset.
    if (!(error instanceof UnauthenticatedError)) throw error;
    throw new ForbiddenError(`The dataset ${persistentId} is not shown to this account.`, { cause: error });
  }
}

export const handler = httpHandler('list-transfers', listTransfers);
