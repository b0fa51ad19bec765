import { ForbiddenError, InvalidRequestError, NoAccountError } from '../domain/errors.ts';
import { parseUploadReport } from '../domain/report.ts';
import { acceptReport } from '../use-cases/accept-report.ts';
import { authoriseEditor } from '../use-cases/authorise-editor.ts';
import { findStore } from '../use-cases/find-store.ts';
import { credentialOf, provenCallerOf } from './caller.ts';
import { datasetReferenceOf } from './dataset-reference.ts';
import { forwardToDataverse } from './forward.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import { readJsonDataPart } from './json-data-part.ts';
import { ok } from './reply.ts';

/** `POST …/addGlobusFiles` (dataverse-api.md 2.3): reports the task that moves the files; from here on we follow it to its end. */
const addGlobusFiles: Operation = async (app, request) => {
  const dataset = datasetReferenceOf(request);
  const credential = await credentialOf(app, request);
  const store = await findStore(app.ports, app.settings.stores, dataset);
  if (store === 'foreign') return forwardToDataverse(app, request);
  const caller = await provenCallerOf(app, request, credential);
  if (!caller) throw noAccount();
  const editor = await authoriseEditor(app.ports, dataset, caller).catch((error: unknown) => {
    throw error instanceof NoAccountError ? noAccount() : error;
  });
  if (store === 'unknown')
    throw new InvalidRequestError('File transfer to Dataverse via Globus is not available for this dataset.');
  const report = parseUploadReport(await readJsonDataPart(request));
  await acceptReport(app.ports, app.settings, {
    datasetId: editor.dataset.datasetId,
    datasetAsNamed: request.datasetInPath,
    userName: editor.userName,
    canPublish: editor.canPublish,
    report,
  });
  return ok({ message: 'Async call to Globus Upload started ' });
};

/** Dataverse has words of its own here for who brings no account (dataverse-api.md 2.3). */
function noAccount(): ForbiddenError {
  return new ForbiddenError('The API key is invalid.');
}

export const handler = httpHandler('add-globus-files', addGlobusFiles);
