import { isSignedByDataverse } from '../domain/dataverse-signed-query.ts';
import { asUserName } from '../domain/ids.ts';
import type { ActingAs, DatasetReference, ForwardedReply } from '../ports/dataverse.ts';
import { buildDownloadParameters } from '../use-cases/build-download-parameters.ts';
import { findStore } from '../use-cases/find-store.ts';
import { keepDownloadList } from '../use-cases/keep-download-list.ts';
import { readDownloadParameters } from '../use-cases/rewrite-download-parameters.ts';
import type { Application } from '../wiring.ts';
import { credentialOf } from './caller.ts';
import { datasetReferenceOf } from './dataset-reference.ts';
import { targetOf } from './forward.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { queryBeforeToken } from './query-before-token.ts';
import { type HttpReply, json, passOn } from './reply.ts';
import { assertSignatureNamesUser } from './signed-get.ts';

/**
 * `GET …/globusDownloadParameters` (dataverse-api.md 2.5). After a launch from Dataverse's page: Dataverse's own answer to the same request,
 * with its list of files kept under an id of ours and the URLs of the Globus calls replaced by ours. Without a launch: the files that the
 * caller may download. Refusals, and stores that are not ours, pass through untouched.
 */
const globusDownloadParameters: Operation = async (app, request) => {
  assertSignatureNamesUser(request);
  if (queryBeforeToken(request).get('downloadId')) return afterLaunch(app, request);
  const dataset = datasetReferenceOf(request);
  const store = await findStore(app.ports, app.settings.stores, dataset);
  if (typeof store !== 'string') return (await refusalOf(app, request)) ?? answer(app, request, dataset, store);
  const reply = await forward(app, request);
  // Dataverse's own answer is 500 here, also for datasets of references, which need nothing of ours.
  const isItsDefect = store === 'foreign' && reply.status === 500;
  return isItsDefect ? answer(app, request, dataset, undefined, reply) : passOn(reply);
};

async function afterLaunch(app: Application, request: HttpRequest): Promise<HttpReply> {
  const { ports, settings } = app;
  const reply = await forward(app, request);
  const parameters = reply.status === 200 ? readDownloadParameters(textOf(reply)) : undefined;
  if (!parameters) return passOn(reply);
  const { datasetId, fileIds, signedFor } = parameters;
  const store = await findStore(ports, settings.stores, { kind: 'database-id', datasetId });
  if (typeof store === 'string') return passOn(reply);
  const downloadId = await keepDownloadList(ports, {
    datasetId,
    fileIds,
    userName: signedFor === undefined ? null : asUserName(signedFor),
    minutes: settings.signedUrlMinutes,
  });
  return json(200, parameters.rewrite({ ...(await urlsOf(app)), user: signedFor }, downloadId));
}

async function answer(
  app: Application,
  request: HttpRequest,
  dataset: DatasetReference,
  store: Parameters<typeof buildDownloadParameters>[2]['store'],
  otherwise?: ForwardedReply,
): Promise<HttpReply> {
  const actingAs: ActingAs = (await credentialOf(app, request)) ?? { kind: 'guest' };
  const locale = queryBeforeToken(request).get('locale');
  const built = await buildDownloadParameters(app.ports, await urlsOf(app), { dataset, store, actingAs, locale });
  return built === undefined && otherwise ? passOn(otherwise) : json(200, built);
}

/**
 * A GET that Dataverse signed can be judged by Dataverse alone, and for this very URL. With a download id that nobody knows appended, which
 * the signature does not cover (dataverse-api.md 3.2), it answers 404 to whoever is let in; then the caller gets what guests get, since
 * nothing else can be asked in their name here.
 * @returns Dataverse's refusal, or undefined
 */
async function refusalOf(app: Application, request: HttpRequest): Promise<HttpReply | undefined> {
  if (!isSignedByDataverse(request.rawQuery)) return undefined;
  const reply = await forward(app, request, `&downloadId=${app.ports.random.uuid()}`);
  const isLetIn = reply.status === 404 && textOf(reply).includes('List of files to transfer not found.');
  return isLetIn ? undefined : passOn(reply);
}

function forward(app: Application, request: HttpRequest, appended = ''): Promise<ForwardedReply> {
  const target = `${targetOf(request)}${appended}`;
  return app.ports.dataverse.forward({ method: 'GET', target, headers: request.headers });
}

async function urlsOf({ settings, ports, signingKeys }: Application) {
  return {
    keys: await signingKeys(),
    siteUrl: settings.siteUrl,
    minutes: settings.signedUrlMinutes,
    nowMilliseconds: ports.clock.nowMilliseconds(),
  };
}

function textOf(reply: ForwardedReply): string {
  return Buffer.from(reply.body).toString('utf8');
}

export const handler = httpHandler('globus-download-parameters', globusDownloadParameters);
