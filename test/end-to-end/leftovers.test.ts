import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTION } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { logLines } from '../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  DRAFT_PID,
  eventually,
  grantOne,
  listFiles,
  listRules,
  postJson,
  READER_KEY,
  SERVICE_KEY,
} from '../support/upload-client.ts';
import { moveFiles, reportMoved, untilTransferIs, upload, type WholeUpload } from '../support/whole-uploads.ts';

let stack: StackProcess;
let registered: WholeUpload;
let unreported: WholeUpload;
const FILES = [
  { name: 'lost-1.dat', content: 'lost 1' },
  { name: 'lost-2.dat', content: 'lost 2!' },
];

beforeAll(async () => {
  stack = await startStackProcess();
  registered = await upload(stack, [{ name: 'kept.dat', content: 'kept' }]);
  unreported = await moveFiles(stack, FILES);
  await untilTransferIs(stack, unreported, 'EXPIRED');
});
afterAll(() => stack?.remove());

function list(key?: string, query = `persistentId=${DRAFT_PID}`) {
  const headers = key === undefined ? {} : { 'X-Dataverse-key': key };
  return call(`${stack.apiUrl}/api/globus/leftovers?${query}`, { headers });
}

const order = (body: object, key = SERVICE_KEY) =>
  postJson(`${stack.apiUrl}/api/globus/leftovers/delete`, body, { 'X-Dataverse-key': key });

function isStored(path: string): Promise<boolean> {
  const file = join(stack.stateDirectory, 'globus', 'collections', COLLECTION, path);
  return access(file).then(
    () => true,
    () => false,
  );
}

const identifiersOf = ({ granted }: WholeUpload) => granted.map((file) => file.identifier).sort();
const pathsOf = ({ granted }: WholeUpload) => granted.map((file) => file.path);

describe('the leftovers of a dataset', () => {
  it('are shown to who may edit it and to operators, and to nobody else', async () => {
    expect((await list()).status).toBe(401);
    expect((await list(READER_KEY)).status).toBe(403);
    for (const key of [CURATOR_KEY, SERVICE_KEY]) {
      const { status, body } = await list(key, 'datasetId=29');
      expect(status).toBe(200);
      expect(body.data.map((each: { storageIdentifier: string }) => each.storageIdentifier)).toEqual(
        identifiersOf(unreported),
      );
    }
  });

  it('are shown with path, size, time, transfer and reason', async () => {
    const { body } = await list(CURATOR_KEY);
    const [first] = unreported.granted;
    expect(body.data.find((each: { path: string }) => each.path === first?.path)).toEqual({
      storageIdentifier: first?.identifier,
      path: first?.path,
      sizeBytes: 6,
      modifiedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      transferId: unreported.transferId,
      transferState: 'EXPIRED',
      reason: 'It was never reported.',
    });
  });

  it('are not what a grant that still runs has been given', async () => {
    const underWay = await moveFiles(stack, [{ name: 'under-way.dat', content: 'x' }]);
    expect(await isStored(underWay.granted[0]?.path ?? '')).toBe(true);
    const { body } = await list(CURATOR_KEY);
    expect(body.data).toHaveLength(2);
    const named = [...identifiersOf(underWay), ...identifiersOf(registered)];
    const { body: answer } = await order({ datasetId: 29, dryRun: false, storageIdentifiers: named });
    expect(answer.data).toMatchObject({ taskIdentifier: null, storageIdentifiers: [] });
    expect(answer.data.refused).toHaveLength(2);
    await untilTransferIs(stack, underWay, 'EXPIRED');
    expect((await list(CURATOR_KEY)).body.data).toHaveLength(3);
  });
});

describe('deleting leftovers', () => {
  it('is for operators', async () => {
    expect((await order({ datasetId: 29, dryRun: false }, CURATOR_KEY)).status).toBe(403);
    expect(await isStored(pathsOf(unreported)[0] ?? '')).toBe(true);
  });

  it('is only told, not done, unless that is meant', async () => {
    const { status, body } = await order({ persistentId: DRAFT_PID });
    expect(status).toBe(200);
    expect(body.data.storageIdentifiers).toEqual(expect.arrayContaining(identifiersOf(unreported)));
    expect(body.data).toMatchObject({ dryRun: true, taskIdentifier: null, refused: [] });
    expect((await list(CURATOR_KEY)).body.data).toHaveLength(3);
  });

  it('takes what was named from the collection, leaves all else, and is logged', async () => {
    const named = identifiersOf(unreported);
    const { status, body } = await order({ datasetId: 29, dryRun: false, storageIdentifiers: named });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ dryRun: false, storageIdentifiers: named, refused: [] });
    for (const path of pathsOf(unreported)) {
      await eventually(`${path} is gone`, async () => !(await isStored(path)));
    }
    expect(await isStored(pathsOf(registered)[0] ?? '')).toBe(true);
    expect((await list(CURATOR_KEY)).body.data).toHaveLength(1);
    expect((await listFiles(stack)).map((file) => file.label)).toContain('kept.dat');
    const [line] = await logLines(stack, 'leftovers-deleted');
    const taskId = body.data.taskIdentifier;
    expect(line).toMatchObject({ userName: 'dataverseAdmin', datasetId: '29', files: 2, taskId });
  });

  it('makes a late report of what is gone a refusal that opens nothing', async () => {
    const reply = await reportMoved(stack, unreported, FILES);
    expect(reply.status).toBe(409);
    expect(reply.body.message).toMatch(/^What was transferred has been deleted\./);
    expect(await listRules(stack)).toEqual([]);
    // Nor does it keep the dataset from the next upload.
    await grantOne(stack);
  });
});
