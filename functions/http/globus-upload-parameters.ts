import { askRemainingFiles } from '../use-cases/ask-remaining-files.ts';
import { callerHeaders } from '../use-cases/caller-headers.ts';
import { findStore } from '../use-cases/find-store.ts';
import { readUploadParameters } from '../use-cases/rewrite-upload-parameters.ts';
import { credentialOf } from './caller.ts';
import { targetOf } from './forward.ts';
import { httpHandler, type Operation } from './http-handler.ts';
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
  const remainingFiles = await askRemainingFiles(
    ports,
    parameters.datasetId,
    callerHeaders(await credentialOf(app, request)),
  );
  const order = {
    keys: await app.signingKeys(),
    siteUrl: settings.siteUrl,
    user: parameters.signedFor,
    minutes: settings.signedUrlMinutes,
    nowMilliseconds: ports.clock.nowMilliseconds(),
  };
  return json(200, parameters.rewrite(order, remainingFiles === undefined ? {} : { remainingFiles }));
};

export const handler = httpHandler('globus-upload-parameters', globusUploadParameters);
