import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { logLines, shiftClock } from '../support/stack-control.ts';
import { CURATOR_KEY, listLocks, listRules, postReport } from '../support/upload-client.ts';
import { IN_S3, registeredSums, untilTransferIs, upload, type WholeUpload } from '../support/whole-uploads.ts';

let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess();
});
afterAll(() => stack?.remove());

const fileOf = (name: string, entry: object = {}) => ({ name, content: `in S3: ${name}\n`, entry });
const md5Of = (name: string) => createHash('md5').update(`in S3: ${name}\n`).digest('hex');
const sum = (value: string) => ({ checksum: { '@type': 'MD5', '@value': value } });
const VERIFIED = { ...IN_S3, task: { verify_checksum: true } };
/** An operator is asked; after at least ten minutes the workflow tries again by itself. */
const SECONDS_TO_NEXT_TRY = 601;

async function whyAttention({ transferId }: WholeUpload): Promise<string> {
  const raised = await logLines(stack, 'transfer-needs-attention');
  return String(raised.findLast((line) => line['transferId'] === transferId)?.['reason']);
}

async function expectNothingLeftBehind(): Promise<void> {
  expect(await listRules(stack)).toEqual([]);
  expect(await listLocks(stack, 32)).toEqual([]);
}

describe('an upload into an S3 store', () => {
  it("has the bucket in its identifiers and not in its paths, and registers Globus's own sums", async () => {
    const { granted } = await upload(stack, [fileOf('a.dat'), fileOf('b.dat', sum('Not in Dataverse'))], VERIFIED);
    for (const { identifier, path } of granted) {
      const [, name] = /^s3g:\/\/dv-bucket:([0-9a-f]{11}-[0-9a-f]{12})$/.exec(identifier) ?? [];
      expect(path).toBe(`/s3/10.5072/FK2/S3MANA/${name}`);
    }
    expect(await registeredSums(stack, IN_S3)).toMatchObject({
      'a.dat': `MD5 ${md5Of('a.dat')}`,
      'b.dat': `MD5 ${md5Of('b.dat')}`,
    });
    await expectNothingLeftBehind();
  });

  it('whose task computes no sums registers what the client declared; what nobody knows waits in ATTENTION', async () => {
    const files = [fileOf('c.dat', sum(md5Of('c.dat'))), fileOf('d.dat'), fileOf('e.dat', sum('Not in Dataverse'))];
    const moved = await upload(stack, files, IN_S3, 'ATTENTION');
    expect(await whyAttention(moved)).toContain('wait for a checksum: d.dat, e.dat.');
    const sums = await registeredSums(stack, IN_S3);
    expect(sums).toHaveProperty(['c.dat'], `MD5 ${md5Of('c.dat')}`);
    expect(Object.keys(sums)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^[de]\.dat$/)]));
    expect(await listRules(stack)).toEqual([]);

    // By hand, with the sums that somebody has computed.
    const entries = ['d.dat', 'e.dat'].map((fileName, index) => {
      const { identifier: storageIdentifier } = moved.granted[index + 1] ?? {};
      return { storageIdentifier, fileName, mimeType: 'application/octet-stream', ...sum(md5Of(fileName)) };
    });
    const url = `${stack.apiUrl}/api/datasets/32/addFiles`;
    const added = await postReport(url, entries, { 'X-Dataverse-key': CURATOR_KEY });
    expect(added.status, JSON.stringify(added.body)).toBe(200);
    await shiftClock(stack, SECONDS_TO_NEXT_TRY);
    await untilTransferIs(stack, moved, 'CLOSED');
    expect(Object.keys(await registeredSums(stack, IN_S3)).sort()).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((n) => `${n}.dat`),
    );
    await expectNothingLeftBehind();
  });
});
