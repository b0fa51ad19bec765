import { InvalidRequestError, NoAccountError } from '../domain/errors.ts';
import { type PrincipalId, parsePrincipalId } from '../domain/ids.ts';
import { parseJson } from '../domain/json.ts';
import { datasetDirectory } from '../domain/paths.ts';
import * as z from '../domain/schema.ts';
import { formatStorageIdentifier } from '../domain/storage-identifier.ts';
import type { Store } from '../domain/store.ts';
import { assertRoomForFiles } from '../use-cases/assert-room-for-files.ts';
import { authoriseEditor, type Editor } from '../use-cases/authorise-editor.ts';
import { findStore } from '../use-cases/find-store.ts';
import { grantUpload } from '../use-cases/grant-upload.ts';
import { credentialOf, provenCallerOf } from './caller.ts';
import { datasetReferenceOf } from './dataset-reference.ts';
import { forwardReferences } from './forward-references.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { carriedBytes, LARGEST_REPLY_BYTES, ok } from './reply.ts';

/** `POST …/requestGlobusUploadPaths` (dataverse-api.md 2.2): gives a Globus identity write access and the paths for its files. */
const requestGlobusUploadPaths: Operation = async (app, request) => {
  const dataset = datasetReferenceOf(request);
  const credential = await credentialOf(app, request);
  const store = await findStore(app.ports, app.settings.stores, dataset);
  if (store === 'foreign') return forwardReferences(app, request, dataset);
  const caller = await provenCallerOf(app, request, credential);
  if (!caller) throw new NoAccountError();
  const editor = await authoriseEditor(app.ports, dataset, caller);
  const most = Math.min(app.settings.maxFilesPerGrant, store === 'unknown' ? Infinity : filesThatFit(editor, store));
  const order = parseOrder(request, most);
  if (store === 'unknown')
    throw new InvalidRequestError('File transfer to Dataverse via Globus is not available for this dataset.');
  await assertRoomForFiles(app.ports, editor.dataset.datasetId, caller, order.numberOfFiles);
  const paths = await grantUpload(app.ports, app.settings, {
    ...order,
    dataset: editor.dataset,
    store,
    userName: editor.userName,
    idempotencyKey: idempotencyKeyOf(request),
  });
  return ok(Object.fromEntries(paths));
};

/** Of the length of any name of a file. */
const A_NAME = '18b49d3688c-62137dcb06e4';

/** For how many files the reply has room: beyond that a grant would be made whose paths nobody gets. */
function filesThatFit({ dataset }: Editor, store: Store): number {
  const path = `${datasetDirectory(store.basePath, dataset.authority, dataset.identifier)}${A_NAME}`;
  const entry = JSON.stringify({ [formatStorageIdentifier(store, A_NAME)]: path });
  return Math.floor(LARGEST_REPLY_BYTES / carriedBytes(entry));
}

const orderSchema = z.object({ principal: z.string(), numberOfFiles: z.number().check(z.int()) });

function parseOrder(request: HttpRequest, maxFiles: number): { principal: PrincipalId; numberOfFiles: number } {
  const complaint = 'Error retrieving principal and numberOfFiles from JSON request body';
  const parsed = orderSchema.safeParse(parseJson(request.body.toString('utf8'), complaint));
  if (!parsed.success) {
    throw new InvalidRequestError(
      `${complaint}: expected {"principal": "<Globus identity UUID>", "numberOfFiles": <whole number>}. ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ')}`,
    );
  }
  const { numberOfFiles } = parsed.data;
  if (numberOfFiles <= 0) throw new InvalidRequestError('numberOfFiles must be positive');
  if (numberOfFiles > maxFiles) {
    throw new InvalidRequestError(
      `numberOfFiles: ${numberOfFiles} is more than the ${maxFiles} that one request may ask for. Ask several times for at most ${maxFiles} each, transfer all in one Globus task, and report each answer with that task's id.`,
    );
  }
  return { principal: parsePrincipalId(parsed.data.principal), numberOfFiles };
}

export const handler = httpHandler('request-globus-upload-paths', requestGlobusUploadPaths);
