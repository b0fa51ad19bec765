import { isSignedByDataverse, userSignedFor } from '../domain/dataverse-signed-query.ts';
import { InvalidRequestError, UnauthenticatedError } from '../domain/errors.ts';
import { asUserName, parseTaskId, type TaskId } from '../domain/ids.ts';
import { parseJson } from '../domain/json.ts';
import * as z from '../domain/schema.ts';
import type { ActingAs, DatasetReference } from '../ports/dataverse.ts';
import { acceptDownload } from '../use-cases/accept-download.ts';
import { findStore } from '../use-cases/find-store.ts';
import { identifyRequester, type RequesterOfDataset } from '../use-cases/identify-requester.ts';
import { judgeDownload } from '../use-cases/judge-download.ts';
import type { Application } from '../wiring.ts';
import { credentialOf } from './caller.ts';
import { datasetReferenceOf } from './dataset-reference.ts';
import { forwardToDataverse } from './forward.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { ok } from './reply.ts';

/** `POST …/monitorGlobusDownload` (dataverse-api.md 2.7): reports the task of a download; the access rule is held until it has ended. */
const monitorGlobusDownload: Operation = async (app, request) => {
  const { ports, settings } = app;
  const reference = datasetReferenceOf(request);
  const credential = await credentialOf(app, request);
  const store = await findStore(ports, settings.stores, reference);
  if (store === 'foreign') return forwardToDataverse(app, request);
  const { userName, actingAs, dataset } = await reporterOf(app, request, reference, credential);
  if (store === 'unknown') {
    throw new InvalidRequestError('File transfer from Dataverse via Globus is not available for this dataset.');
  }
  const { datasetId } = dataset;
  await acceptDownload(ports, settings, {
    datasetId,
    userName,
    taskId: parseReport(request),
    authoriseAgain: async (files) => {
      const { mixedAccessPolicy } = settings;
      const asked = files.map(({ fileId = '' }) => ({ fileId }));
      await judgeDownload(ports, { datasetId, store, actingAs, mixedAccessPolicy }, asked);
    },
  });
  return ok({ message: 'Async call to Globus Download started' });
};

/**
 * Whose grants the report may finish. A URL that Dataverse signed for this call cannot be proven, since any probe would start a job there
 * (dataverse-api.md 2.7), and Dataverse itself asks for no account here: the name in it only chooses among grants, and what binds is that
 * their Globus identity owns the task.
 */
async function reporterOf(
  app: Application,
  request: HttpRequest,
  reference: DatasetReference,
  credential: ActingAs | undefined,
): Promise<RequesterOfDataset> {
  const isClaim = !credential && isSignedByDataverse(request.rawQuery);
  const claimed = isClaim ? userSignedFor(request.rawQuery) : undefined;
  if (isClaim && claimed === undefined) throw new UnauthenticatedError('Bad signed URL');
  const requester = await identifyRequester(app.ports, reference, credential ?? { kind: 'guest' });
  return claimed === undefined ? requester : { ...requester, userName: asUserName(claimed) };
}

const reportSchema = z.object({ taskIdentifier: z.string() });

function parseReport(request: HttpRequest): TaskId {
  const complaint = 'Error parsing json body';
  const parsed = reportSchema.safeParse(parseJson(request.body.toString('utf8'), complaint));
  if (!parsed.success)
    throw new InvalidRequestError(`${complaint}: expected {"taskIdentifier": "<Globus task UUID>"}.`);
  return parseTaskId(parsed.data.taskIdentifier);
}

export const handler = httpHandler('monitor-globus-download', monitorGlobusDownload);
