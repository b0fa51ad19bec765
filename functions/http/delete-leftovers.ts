import { ForbiddenError, InvalidRequestError } from '../domain/errors.ts';
import { parseJson } from '../domain/json.ts';
import * as z from '../domain/schema.ts';
import { deleteLeftovers, MOST_DELETED_AT_ONCE } from '../use-cases/delete-leftovers.ts';
import { findStore } from '../use-cases/find-store.ts';
import { accountTokenOf } from './caller.ts';
import { datasetNamed } from './dataset-named.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { ok } from './reply.ts';

/** `POST /globus/leftovers/delete`: operators have leftovers deleted; unless told `"dryRun": false` it only says which. */
const deleteLeftoversOfDataset: Operation = async (app, request) => {
  const { ports, settings } = app;
  const caller = accountTokenOf(request);
  const { userName, isSuperuser } = await ports.dataverse.whoIs(caller);
  if (!isSuperuser) throw new ForbiddenError('Leftovers are deleted by operators only: superusers of this Dataverse.');
  const { persistentId, datasetId, storageIdentifiers, dryRun = true } = parseOrder(request);
  const reference = datasetNamed({ persistentId, datasetId });
  const dataset = await ports.dataverse.describeDataset(reference, caller);
  const store = await findStore(ports, settings.stores, reference);
  if (typeof store === 'string') throw new InvalidRequestError('The store of this dataset is not served here.');
  const order = { dataset, store, userName, storageIdentifiers, isDryRun: dryRun };
  const { taskId, ...deletion } = await deleteLeftovers(ports, order);
  return ok({ dryRun, taskIdentifier: taskId, ...deletion });
};

/** Strict: a member that is spelt wrong, `dryrun` say, must not be overlooked. */
const orderSchema = z.strictObject({
  persistentId: z.optional(z.string()),
  datasetId: z.optional(z.union([z.string(), z.number()])),
  storageIdentifiers: z.optional(z.array(z.string()).check(z.maxLength(MOST_DELETED_AT_ONCE))),
  dryRun: z.optional(z.boolean()),
});

function parseOrder({ body }: HttpRequest): z.infer<typeof orderSchema> {
  const complaint = 'Error parsing json body';
  const parsed = orderSchema.safeParse(parseJson(body.toString('utf8'), complaint));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new InvalidRequestError(
    `${complaint}: expected {"persistentId": "…" or "datasetId": …, "storageIdentifiers": […], "dryRun": true or false}. ${faults.slice(0, 10).join('; ')}`,
  );
}

export const handler = httpHandler('delete-leftovers', deleteLeftoversOfDataset);
