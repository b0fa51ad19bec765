import { askRemainingFiles } from '../use-cases/ask-remaining-files.ts';
import { findStore } from '../use-cases/find-store.ts';
import { readUploadParameters } from '../use-cases/rewrite-upload-parameters.ts';
import { targetOf } from './forward.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { json, passOn } from './reply.ts';
import { assertSignatureNamesUser } from './signed-get.ts';

/**
 * `GET …/globusUploadParameters` (dataverse-api.md 2.1): Dataverse's own answer to the same request, made as the caller, with the URLs of
 * the Globus calls replaced by ours, and `remainingFiles` beside the other limits where Dataverse tells the caller. Dataverse thereby proves
 * who is calling; refusals and stores that are not ours pass through untouched.
 */
const globusUploadParameters: Operation = async (app, request) => {
  const { ports, settings } = app;
  assertSignatureNamesUser(request);
  const reply = await ports.dataverse.forward({ method: 'GET', target: targetOf(request), headers: request.headers });
  const parameters = reply.status === 200 ? readUploadParameters(Buffer.from(reply.body).toString('utf8')) : undefined;
  if (!parameters?.signedFor) return passOn(reply);
  const store = await findStore(ports, settings.stores, {
    kind: 'database-id',
    datasetId: parameters.datasetId,
  });
  if (typeof store === 'string') return passOn(reply);
  const remainingFiles = await askRemainingFiles(ports, parameters.datasetId, credentialHeaders(request));
  const order = {
    keys: await app.signingKeys(),
    siteUrl: settings.siteUrl,
    user: parameters.signedFor,
    minutes: settings.signedUrlMinutes,
    nowMilliseconds: ports.clock.nowMilliseconds(),
  };
  return json(200, parameters.rewrite(order, remainingFiles === undefined ? {} : { remainingFiles }));
};

/** What proves who calls, good for any call of Dataverse's: its key, or its OIDC token. */
function credentialHeaders({ headers, query }: HttpRequest): Record<string, string> {
  const key = headers['x-dataverse-key'] ?? query.get('key') ?? '';
  if (/^[\x21-\x7e]+$/.test(key)) return { 'x-dataverse-key': key };
  return headers['authorization'] ? { authorization: headers['authorization'] } : {};
}

export const handler = httpHandler('globus-upload-parameters', globusUploadParameters);
