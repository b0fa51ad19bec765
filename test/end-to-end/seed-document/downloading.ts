import { expect, it } from 'vitest';
import { COLLECTION, PRINCIPAL } from '../../support/builders.ts';
import type { RunningStack } from '../../support/local-stack.ts';
import {
  curlSigned,
  launchedParameters,
  monitorDownload,
  REFERENCE_PID,
  REFERENCED_FILE,
  requestDownload,
  signedUrl,
} from '../../support/seed-commands.ts';
import {
  collectionFile,
  ownFile,
  partsOf,
  toOwnCollection,
  untilEnded,
  untilNoRuleIsLeft,
} from '../../support/seed-transfers.ts';
import { globusControl, logLines, readTask, shiftClock } from '../../support/stack-control.ts';
import { call, eventually, listFiles, listRules, logIn, submitTransfer } from '../../support/upload-client.ts';
import { eventuallyInFastTime, resume, submitPaused } from '../../support/uploads.ts';

const BODY = { principal: PRINCIPAL, fileIds: [60, 61] };
const DIRECTORY = '/hdc1/10.5072/FK2/7U7YBV/';
const PATHS = [`${DIRECTORY}18bf3af9c78-92b8e168090e`, `${DIRECTORY}18bf3af9c78-c8d81569305c`] as const;
const RULE = { path: DIRECTORY, principal: PRINCIPAL, permissions: 'r' };
const LOCATIONS = { 60: `${COLLECTION}${PATHS[0]}`, 61: `${COLLECTION}${PATHS[1]}` };

/** The document's section "Downloading/Transfer Out Via Globus", a test per sentence. */
export function downloading(stack: () => RunningStack): void {
  let taskIdentifier: string;

  it('To begin downloading files, the requestGlobusDownload URL is used:', async () => {
    const url = signedUrl(await launchedParameters(stack(), [60, 61]), 'requestGlobusDownload');

    expect((await requestDownload(stack(), BODY)).status).toBe(200);
    expect((await curlSigned(url, { json: BODY })).status).toBe(200);
  });

  it('The JSON body sent should include a list of file ids to download and, for a managed endpoint, the Globus principal that will make the transfer:', async () => {
    const withoutFiles = await requestDownload(stack(), { principal: PRINCIPAL });
    const withoutPrincipal = await requestDownload(stack(), { fileIds: [60, 61] });

    const complaint = 'fileIds JsonArray of file ids/PIDs required in POST body';
    expect([withoutFiles.status, withoutFiles.body.message]).toEqual([400, complaint]);
    expect([withoutPrincipal.status, withoutPrincipal.body.message]).toEqual([
      400,
      expect.stringContaining('principal'),
    ]);
  });

  it('Note that this API call takes an optional downloadId parameter that is used with the dataverse-globus app. When downloadId is included, the list of fileIds is not needed.', async () => {
    const url = signedUrl(await launchedParameters(stack(), [61]), 'requestGlobusDownload');

    expect(new URL(url).searchParams.get('downloadId')).toMatch(/^[0-9a-f-]{36}$/);
    const { status, body } = await curlSigned(url, { json: { principal: PRINCIPAL } });
    expect([status, body.data]).toEqual([200, { 61: LOCATIONS[61] }]);
  });

  it('The response is a JSON object mapping the requested file Ids to Globus endpoint/paths.', async () => {
    expect((await requestDownload(stack(), BODY)).body).toEqual({ status: 'OK', data: LOCATIONS });
  });

  it('In the managed case, the principal will have been given read permissions for the specified paths:', async () => {
    expect(await listRules(stack())).toMatchObject([RULE]);
    const headers = await logIn(stack());
    for (const path of PATHS) {
      const stat = `${stack().globusUrl}/v0.10/operation/endpoint/${COLLECTION}/stat?path=${path}`;
      expect((await call(stat, { headers })).status).toBe(200);
    }
  });

  it('For the remote case, the use can perform the transfer without further contact with Dataverse.', async () => {
    const [file] = await listFiles(stack(), 31);
    // Whoever keeps the remote collection lets them read there; that is none of Dataverse's business.
    const rule = { collectionId: COLLECTION, principal: PRINCIPAL, path: '/hdc1/', permissions: 'r' };
    const { body: byHand } = await globusControl(stack(), '/rules', rule);
    const { body } = await requestDownload(stack(), { fileIds: [file.dataFile.id] }, REFERENCE_PID);

    expect(body.data).toEqual({ [file.dataFile.id]: REFERENCED_FILE });
    const { collection, path } = partsOf(REFERENCED_FILE);
    const document = toOwnCollection(collection);
    const taskId = await submitTransfer(stack(), [[path, '/seed/referenced.txt']], document);
    expect((await untilEnded(stack(), taskId)).status).toBe('SUCCEEDED');
    expect(await ownFile(stack(), '/seed/referenced.txt')).toBe(await collectionFile(stack(), COLLECTION, path));
    await call(`${stack().globusUrl}/_control/rules/${byHand.id}`, { method: 'DELETE' });
  });

  it('In the managed case, the user must initiate the transfer via the Globus API and then inform Dataverse.', async () => {
    const pairs = PATHS.map((path, index) => [path, `/seed/downloaded-${index}`] as const);
    taskIdentifier = await submitPaused(stack(), pairs, toOwnCollection());

    const { status, body } = await monitorDownload(stack(), { taskIdentifier });
    expect([status, body]).toEqual([200, { status: 'OK', data: { message: 'Async call to Globus Download started' } }]);
  });

  it('Dataverse will then monitor the transfer and revoke the read permission when the transfer is complete.', async () => {
    await shiftClock(stack(), 3_600);
    const isLeaseOver = async () =>
      (await openStates(stack())).every((state) => !['GRANTED', 'EXPIRING'].includes(state));
    await eventuallyInFastTime(stack(), 'the leases of all other requests are over', isLeaseOver);
    expect(await listRules(stack())).toMatchObject([RULE]);

    await resume(stack(), taskIdentifier);
    await untilNoRuleIsLeft(stack());
    expect((await readTask(stack(), taskIdentifier)).status).toBe('SUCCEEDED');
    for (const [index, path] of PATHS.entries()) {
      const [copied, original] = [
        ownFile(stack(), `/seed/downloaded-${index}`),
        collectionFile(stack(), COLLECTION, path),
      ];
      expect(await copied).toBe(await original);
    }
  });

  it('(Not making this last call could result in failure of the transfer.)', async () => {
    expect((await requestDownload(stack(), BODY)).status).toBe(200);
    await shiftClock(stack(), 301);
    await untilNoRuleIsLeft(stack());

    const taskId = await submitTransfer(stack(), [[PATHS[0], '/seed/too-late']], toOwnCollection());
    await eventually('Globus complains', async () => (await readTask(stack(), taskId)).faults > 0);
    expect(await readTask(stack(), taskId)).toMatchObject({ nice_status: 'PERMISSION_DENIED', files_transferred: 0 });
    await call(`${stack().globusUrl}/v0.10/task/${taskId}/cancel`, { method: 'POST', headers: await logIn(stack()) });
  });

  it('The JSON body sent just contains the task identifier for the transfer:', async () => {
    // The report of above once more, which gets the same answer.
    expect((await monitorDownload(stack(), { taskIdentifier })).status).toBe(200);
    const { status, body } = await monitorDownload(stack(), {});
    expect([status, body.message]).toEqual([400, expect.stringMatching(/^Error parsing json body/)]);
  });
}

/** The states of downloads that are not at their end. */
async function openStates(stack: RunningStack): Promise<string[]> {
  const changes = await logLines(stack, 'transfer-state');
  const states = new Map(changes.map(({ transferId, to }) => [String(transferId), String(to)]));
  return [...states].filter(([id, state]) => id.startsWith('30-') && state !== 'EXPIRED').map(([, state]) => state);
}
