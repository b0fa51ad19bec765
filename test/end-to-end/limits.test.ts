import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { dataverseControl } from '../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  listFiles,
  listLocks,
  listRules,
  requestPaths,
} from '../support/upload-client.ts';
import { leftoversOf, moveFiles, reportMoved, untilTransferIs, upload } from '../support/whole-uploads.ts';

let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess();
});
afterAll(() => stack?.remove());
afterEach(async () => {
  await setDataverse('/settings', { name: ':MaxFileUploadSizeInBytes', value: null });
  await setDataverse('/quota', { remainingBytes: 1_000_000 });
  await setDataverse('/upload-limits', { enabled: false, datasetFileCountLimit: null });
});

const setDataverse = (path: string, body: object) => dataverseControl(stack, path, body);

const ofBytes = (name: string, bytes: number) => ({ name, content: `${name}\n`.padEnd(bytes, '.') });

const labels = async () => (await listFiles(stack)).map((file) => file.label);

/** Allows so many files beside those that there are, as Dataverse 6.9 and later may. */
async function allowMoreFiles(count: number): Promise<void> {
  const datasetFileCountLimit = (await listFiles(stack)).length + count;
  await setDataverse('/upload-limits', { enabled: true, datasetFileCountLimit });
}

async function queryParameters(url: string, headers: Record<string, string> = {}) {
  const { status, body } = await call(url, { headers });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.data.queryParameters;
}

async function expectNothingLeftBehind(): Promise<void> {
  expect(await listRules(stack)).toEqual([]);
  expect(await listLocks(stack)).toEqual([]);
}

describe('files beyond a limit of Dataverse', () => {
  it('as large as the largest are left out, listed with size and limit, and the smaller ones are registered', async () => {
    await setDataverse('/settings', { name: ':MaxFileUploadSizeInBytes', value: '{"globusm":"1000"}' });
    const files = [ofBytes('size-999', 999), ofBytes('size-1000', 1_000), ofBytes('size-2000', 2_000)];
    const { granted } = await upload(stack, files);
    expect(await labels()).toContain('size-999');
    expect(await labels()).not.toEqual(expect.arrayContaining([expect.stringMatching(/size-[12]000/)]));
    const leftovers = await leftoversOf(stack);
    const limit = 'files of this store must have fewer than 1000 bytes.';
    expect(leftovers.get(granted[1]?.path ?? '')).toBe(`size-1000 has 1000 bytes; ${limit}`);
    expect(leftovers.get(granted[2]?.path ?? '')).toBe(`size-2000 has 2000 bytes; ${limit}`);
    expect(leftovers.has(granted[0]?.path ?? '')).toBe(false);
    await expectNothingLeftBehind();
  });

  it('of bytes for all files are left out, and each later one that still fits is registered', async () => {
    await setDataverse('/quota', { remainingBytes: 100 });
    const { granted } = await upload(stack, [
      ofBytes('quota-60', 60),
      ofBytes('quota-50', 50),
      ofBytes('quota-40', 40),
    ]);
    expect(await labels()).toEqual(expect.arrayContaining(['quota-60', 'quota-40']));
    expect(await labels()).not.toContain('quota-50');
    expect((await leftoversOf(stack)).get(granted[1]?.path ?? '')).toBe(
      'quota-50 has 50 bytes; of the storage quota 0 bytes are left.',
    );
    await expectNothingLeftBehind();
  });
});

describe('the number of files that a dataset may still get', () => {
  it('is told with the parameters to who comes with a key, and not to a callback, which is good for one call', async () => {
    const withKey = { 'X-Dataverse-key': CURATOR_KEY };
    const url = datasetUrl(stack, 'globusUploadParameters');
    expect(await queryParameters(url, withKey)).not.toHaveProperty('remainingFiles');
    await allowMoreFiles(7);
    const { remainingFiles, ...others } = await queryParameters(url, withKey);
    expect(remainingFiles).toBe(7);
    const launch = await setDataverse('/launches', { direction: 'upload', datasetId: 29, user: 'curator' });
    const { dvLocale: _locale, ...called } = await queryParameters(launch.body.callbackUrl);
    const { dvLocale: _other, ...asked } = others;
    expect(called).toEqual(asked);
  });

  it('is the most that paths are given for; more are refused before anything happens', async () => {
    await allowMoreFiles(1);
    const refused = await requestPaths(stack, 2);
    expect(refused.status).toBe(400);
    expect(refused.body.message).toMatch(/^numberOfFiles: 2 is more than the 1 that this dataset may still get\./);
    expect(await listRules(stack)).toEqual([]);
    await upload(stack, [ofBytes('count-1', 10)]);
    expect(await labels()).toContain('count-1');
  });

  it('is looked at again before registering, since others may have filled the dataset meanwhile', async () => {
    await allowMoreFiles(1);
    const [first, second] = [[ofBytes('race-1', 11)], [ofBytes('race-2', 12)]];
    const moved = [await moveFiles(stack, first), await moveFiles(stack, second)] as const;
    expect((await reportMoved(stack, moved[0], first)).status).toBe(200);
    await untilTransferIs(stack, moved[0], 'CLOSED');
    expect((await reportMoved(stack, moved[1], second)).status).toBe(200);
    await untilTransferIs(stack, moved[1], 'CLOSED');
    expect(await labels()).toContain('race-1');
    expect(await labels()).not.toContain('race-2');
    expect((await leftoversOf(stack)).get(moved[1].granted[0]?.path ?? '')).toBe(
      'race-2 has 12 bytes; the dataset takes only 0 more files.',
    );
  });
});
