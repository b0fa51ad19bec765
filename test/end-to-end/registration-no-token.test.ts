import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import {
  closingWords,
  dataverseRequests,
  expectRegistered,
  isAddFiles,
  letTaskEnd,
  lockOwners,
  registerRuns,
  reportedUpload,
  storedFiles,
  untilClosed,
} from '../support/registrations.ts';
import { dataverseControl, logLines, shiftClock, statesOf } from '../support/stack-control.ts';
import { CURATOR_KEY, eventually, listRules } from '../support/upload-client.ts';

let stack: StackProcess;
afterAll(() => stack?.remove());

const setApiToken = (apiToken: string | null) => dataverseControl(stack, '/users', { name: 'curator', apiToken });

describe('a user whose API token is gone when their files are to be registered', () => {
  beforeAll(async () => {
    stack = await startStackProcess({ LEASE_SECONDS: '300' });
  });

  it('has them kept for an operator to see, and registered when there is a token again', async () => {
    const upload = await reportedUpload(stack, 'kept-a.txt', 'kept-b.txt');
    await setApiToken(null);
    await letTaskEnd(stack, upload);
    const raised = () => logLines(stack, 'transfer-needs-attention');
    // Raised and noted: the record is written after the line that raises it, and the pause begins after that.
    const timesNoted = async () =>
      (await logLines(stack, 'step')).filter((line) => line['step'] === 'raise-attention').length;
    await eventually('an operator is asked', async () => (await timesNoted()) === 1);
    expect(await raised()).toHaveLength(1);
    expect((await raised())[0]).toMatchObject({
      level: 'error',
      transferId: upload.transferId,
      reason: expect.stringMatching(/^NoUserTokenError: Dataverse has no valid API token for the user curator/),
    });
    expect((await statesOf(stack, upload.transferId)).at(-1)).toBe('ATTENTION');

    await shiftClock(stack, 601);
    await eventually('an operator is asked again', async () => (await timesNoted()) === 2);
    expect(await raised()).toHaveLength(2);
    expect(await storedFiles(stack)).toEqual([]);
    expect(await listRules(stack)).toEqual([]);
    expect(await lockOwners(stack)).toEqual(['EditInProgress of dataverseAdmin']);
    expect((await dataverseRequests(stack)).filter(isAddFiles)).toEqual([]);

    await setApiToken(CURATOR_KEY);
    await shiftClock(stack, 1_201);
    await untilClosed(stack, upload);
    await expectRegistered(stack, upload);
    expect(await closingWords(stack, upload)).toBe('2 files registered, 0 not');
  }, 90_000);
});

describe('the same where the service account may step in', () => {
  beforeAll(async () => {
    await stack?.remove();
    stack = await startStackProcess({ LEASE_SECONDS: '300', NO_TOKEN_POLICY: 'service-account' });
  });

  it('has them registered by it at once, which is told of', async () => {
    const upload = await reportedUpload(stack, 'by-service-a.txt', 'by-service-b.txt');
    await setApiToken(null);
    const runs = await registerRuns(stack);
    await letTaskEnd(stack, upload);
    // A shift in the middle of it would have it told of twice.
    await eventually('the batch is sent', async () => (await registerRuns(stack)) > runs);
    await untilClosed(stack, upload);
    await expectRegistered(stack, upload);
    expect(await logLines(stack, 'registered-as-service-account')).toMatchObject([
      { level: 'warn', transferId: upload.transferId, userName: 'curator' },
    ]);
    expect(await logLines(stack, 'transfer-needs-attention')).toEqual([]);
    // By its own key: a URL signed for somebody would name them.
    const [call, ...others] = (await dataverseRequests(stack)).filter(isAddFiles);
    expect(call).toMatchObject({ target: '/api/v1/datasets/29/addFiles', status: 200 });
    expect(others).toEqual([]);
  }, 60_000);
});
