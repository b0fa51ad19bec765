import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions, deployedFunctions } from '../../infra/bundling/bundle-functions.ts';
import { compareLoads, EMPTY, measureLoad } from '../../infra/bundling/measure-load.ts';

const ONE_OF_EACH_KIND = ['request-globus-upload-paths', 'await-report', 'sweep'];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the measured load time', { timeout: 120_000 }, () => {
  it('is had of endpoints, steps and monitors alike, beside that of an empty handler', async () => {
    const entries = deployedFunctions.filter(({ functionName }) => ONE_OF_EACH_KIND.includes(functionName));
    const files = (await bundleFunctions(folder, entries)).map(({ file }) => file);
    expect(files).toHaveLength(ONE_OF_EACH_KIND.length);
    const { empty, bundles } = await compareLoads(files, 1);
    expect([empty, ...bundles.values()].map(({ runs }) => runs)).toEqual([1, 1, 1, 1]);
    expect([...bundles.keys()]).toEqual(files);
    for (const { medianMilliseconds, ratio } of bundles.values()) {
      expect(medianMilliseconds).toBeGreaterThan(0);
      expect(ratio).toBeCloseTo(medianMilliseconds / empty.medianMilliseconds);
    }
  });

  it('counts the runs that were asked for', async () => {
    const { runs, fastestMilliseconds, medianMilliseconds } = await measureLoad(EMPTY, 3);
    expect(runs).toBe(3);
    expect(fastestMilliseconds).toBeLessThanOrEqual(medianMilliseconds);
  });

  it.each([
    { case: 'does not load', code: 'import "no-such-package";' },
    { case: 'fails', code: 'export const handler = async () => { throw new TypeError("no"); };' },
    { case: 'answers with an internal error', code: 'export const handler = async () => ({ statusCode: 500 });' },
  ])('is none where the function $case', async ({ code }) => {
    const file = join(folder, 'broken.mjs');
    await writeFile(file, code);
    await expect(measureLoad(file, 1)).rejects.toThrow(/the first call of .*broken\.mjs failed/);
  });
});
