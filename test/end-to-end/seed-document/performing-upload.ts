import { expect, it } from 'vitest';
import { COLLECTION, PATH, PRINCIPAL, SECOND_PRINCIPAL } from '../../support/builders.ts';
import type { RunningStack } from '../../support/local-stack.ts';
import {
  curlSigned,
  REFERENCE_PID,
  REFERENCED_FILE,
  requestUploadPaths,
  signedUrl,
  uploadParameters,
} from '../../support/seed-commands.ts';
import { askPaths, collectionFile, untilEnded, untilNoRuleIsLeft } from '../../support/seed-transfers.ts';
import { shiftClock } from '../../support/stack-control.ts';
import { listRules, putSourceFile, submitTransfer } from '../../support/upload-client.ts';

const MANAGED_BODY = { principal: PRINCIPAL, numberOfFiles: 2 };
const REFERENCE_BODY = { referencedFiles: [REFERENCED_FILE] };
const DEFAULT_LEASE_SECONDS = 300;

/** The document's section "Performing an Upload/Transfer In", a test per sentence. */
export function performingUpload(stack: () => RunningStack): void {
  it('Once the user identifies which files are to be added, the requestGlobusTransferPaths or requestGlobusReferencePaths URLs can be called.', async () => {
    const managed = signedUrl(await uploadParameters(stack()), 'requestGlobusTransferPaths');
    const reference = signedUrl(await uploadParameters(stack(), REFERENCE_PID), 'requestGlobusReferencePaths');

    expect((await curlSigned(managed, { json: MANAGED_BODY })).status).toBe(200);
    expect((await curlSigned(reference, { json: REFERENCE_BODY })).status).toBe(200);
  });

  it('These both reference the same API call but must be used with different entries in the JSON body sent:', async () => {
    const managed = signedUrl(await uploadParameters(stack()), 'requestGlobusTransferPaths');
    const reference = signedUrl(await uploadParameters(stack(), REFERENCE_PID), 'requestGlobusReferencePaths');

    const operations = [managed, reference].map((url) => new URL(url).pathname.split('/').at(-1));
    expect(operations).toEqual(['requestGlobusUploadPaths', 'requestGlobusUploadPaths']);
    expect((await curlSigned(managed, { json: REFERENCE_BODY })).status).toBe(400);
    expect((await curlSigned(reference, { json: MANAGED_BODY })).status).toBe(400);
  });

  it('Note that when using the dataverse-globus app or the return from the previous call, the URL for this call will be signed and no API_TOKEN is needed.', async () => {
    const url = new URL(signedUrl(await uploadParameters(stack()), 'requestGlobusTransferPaths'));

    expect((await curlSigned(url.href, { json: MANAGED_BODY })).status).toBe(200);
    expect((await curlSigned(`${url.origin}${url.pathname}`, { json: MANAGED_BODY })).status).toBe(401);
  });

  it('In the managed case, the JSON body sent must include the id of the Globus user that will perform the transfer and the number of files that will be transferred:', async () => {
    expect((await requestUploadPaths(stack(), MANAGED_BODY)).status).toBe(200);
    for (const json of [{ principal: PRINCIPAL }, { numberOfFiles: 2 }]) {
      const { status, body } = await requestUploadPaths(stack(), json);
      const complaint = /^Error retrieving principal and numberOfFiles from JSON request body/;
      expect([status, body]).toEqual([400, { status: 'ERROR', message: expect.stringMatching(complaint) }]);
    }
  });

  it('In the remote reference case, the JSON body sent must include the Globus endpoint/paths that will be referenced:', async () => {
    expect((await requestUploadPaths(stack(), REFERENCE_BODY, REFERENCE_PID)).status).toBe(200);
    const { status, body } = await requestUploadPaths(stack(), {}, REFERENCE_PID);
    expect([status, body]).toEqual([400, { status: 'ERROR', message: 'No referencedFiles specified' }]);
  });

  it('The response will include a JSON object. In the managed case, the map is from new assigned file storageidentifiers and specific paths on the managed Globus endpoint:', async () => {
    const { body } = await requestUploadPaths(stack(), MANAGED_BODY);

    expect(body).toEqual({ status: 'OK', data: expect.any(Object) });
    const entries = Object.entries<string>(body.data);
    expect(entries).toHaveLength(2);
    for (const [identifier, path] of entries) {
      expect(identifier).toMatch(/^globusm:\/\/[0-9a-f]{11}-[0-9a-f]{12}$/);
      expect(path).toBe(`/hdc1/10.5072/FK2/ILLPXE/${identifier.slice('globusm://'.length)}`);
    }
  });

  it('In the managed case, the specified Globus principal is granted write permission to the specified endpoint/path, which will allow initiation of a transfer from the external endpoint to the managed endpoint using the Globus API.', async () => {
    const [[, path] = ['', '']] = await askPaths(stack(), 1);
    await putSourceFile(stack(), '/seed/allowed.txt', 'allowed');

    expect(await listRules(stack())).toMatchObject([{ path: PATH, principal: PRINCIPAL, permissions: 'rw' }]);
    const taskId = await submitTransfer(stack(), [['/seed/allowed.txt', path]]);
    expect(await untilEnded(stack(), taskId)).toMatchObject({ status: 'SUCCEEDED', faults: 0 });
    expect(await collectionFile(stack(), COLLECTION, path)).toBe('allowed');
  });

  it('The permission will be revoked if the transfer is not started and the next call to Dataverse to finish the transfer are not made within a short time (configurable, default of 5 minutes).', async () => {
    await askPaths(stack(), 1, undefined, SECOND_PRINCIPAL);
    const ofSecond = async () => (await listRules(stack())).filter(({ principal }) => principal === SECOND_PRINCIPAL);

    await shiftClock(stack(), DEFAULT_LEASE_SECONDS / 2);
    expect(await ofSecond()).toMatchObject([{ path: PATH, permissions: 'rw' }]);
    await shiftClock(stack(), DEFAULT_LEASE_SECONDS / 2);
    await untilNoRuleIsLeft(stack());
  });

  it('In the remote/reference case, the map is from the initially supplied endpoint/paths to the new assigned file storageidentifiers:', async () => {
    const { body } = await requestUploadPaths(stack(), REFERENCE_BODY, REFERENCE_PID);

    const identifier = /^globus:\/\/[0-9a-f]{11}-[0-9a-f]{12}\/\/(.*)$/.exec(body.data[REFERENCED_FILE]);
    expect(Object.keys(body.data)).toEqual([REFERENCED_FILE]);
    expect(identifier?.[1]).toBe(REFERENCED_FILE);
  });
}
