import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleFunctions, deployedFunctions } from '../../infra/bundling/bundle-functions.ts';
import { bundleModules } from '../../infra/bundling/bundle-modules.ts';
import { runFirstCall } from '../../infra/bundling/run-first-call.ts';
import { FIXTURE_WORLD } from '../../infra/local/simulators/dataverse/fixture.ts';
import { fixtureWorld } from '../../infra/local/simulators/globus/fixture.ts';

/** Design section 12. */
const LARGEST_BUNDLE_BYTES = 600_000;
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let bundles: readonly Bundle[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundles-'));
  bundles = await bundleFunctions(join(folder, 'first'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Both files of a bundle as text. */
async function textsOf({ directory }: Pick<Bundle, 'directory'>): Promise<readonly [code: string, sourceMap: string]> {
  const read = (name: string) => readFile(join(directory, name), 'utf8');
  return [await read('index.mjs'), await read('index.mjs.map')];
}

/** The sources of a bundle, relative to the project. */
async function sourcesOf(bundle: Bundle): Promise<readonly string[]> {
  const { sources } = JSON.parse((await textsOf(bundle))[1]) as { sources: readonly string[] };
  return sources.map((source) => source.replace(/^(\.\.\/)+/, ''));
}

describe('the bundles', { timeout: 120_000 }, () => {
  it('are one of each function of the manifest: a file and its source map', async () => {
    expect(bundles.map(({ functionName, entry }) => ({ functionName, entry }))).toEqual(deployedFunctions);
    expect(new Set((await readdir(join(folder, 'first'))).sort())).toEqual(
      new Set(deployedFunctions.map((each) => each.functionName)),
    );
    for (const bundle of bundles) {
      expect((await readdir(bundle.directory)).sort()).toEqual(['index.mjs', 'index.mjs.map']);
      const [code, sourceMap] = await textsOf(bundle);
      expect([bundle.bytes, bundle.sourceMapBytes]).toEqual([Buffer.byteLength(code), Buffer.byteLength(sourceMap)]);
    }
  });

  it('are small enough to start fast', () => {
    expect(bundles.filter(({ bytes }) => bytes > LARGEST_BUNDLE_BYTES || bytes === 0)).toEqual([]);
  });

  it('are the same bytes at the next build, in another folder and whatever else is built', async () => {
    const again = await bundleFunctions(join(folder, 'second'));
    expect(again).toHaveLength(bundles.length);
    for (const [index, bundle] of bundles.entries()) {
      const other = again[index];
      expect(other && (await textsOf(other))).toEqual(await textsOf(bundle));
    }
    const [sweep, ...others] = bundles.filter(({ functionName }) => functionName === 'sweep');
    expect(others).toEqual([]);
    const [alone] = await bundleFunctions(join(folder, 'third'), sweep ? [sweep] : []);
    expect(alone && (await textsOf(alone))).toEqual(sweep && (await textsOf(sweep)));
  });

  it('hold nothing of the local run and of the tests, nor the sources themselves', async () => {
    for (const bundle of bundles) {
      const sources = await sourcesOf(bundle);
      expect(sources).toContain(`functions/${bundle.entry}`);
      const foreign = sources.filter((source) => !/^(functions|node_modules)\//.test(source));
      expect(foreign.filter((source) => !source.startsWith('infra/bundling/stand-ins/'))).toEqual([]);
      expect(JSON.parse((await textsOf(bundle))[1])).not.toHaveProperty('sourcesContent');
    }
  });

  it('hold no secret of the fixture and no path of this machine', async () => {
    const secrets = [
      ...FIXTURE_WORLD.users.map((user) => user.apiToken),
      ...fixtureWorld.identities.map((identity) => identity.clientSecret),
    ].filter((secret) => secret !== undefined && secret !== null);
    expect(secrets.length).toBeGreaterThan(4);
    for (const bundle of bundles) {
      const text = (await textsOf(bundle)).join('\n');
      expect([...secrets, PROJECT, folder].filter((each) => text.includes(each))).toEqual([]);
    }
  });

  it('do without what a function in Lambda never uses', async () => {
    for (const bundle of bundles) {
      const packages = (await sourcesOf(bundle)).join('\n');
      expect(packages).not.toMatch(/node_modules\/(node-fetch|cross-fetch|@aws-sdk\/credential-provider-)/);
      expect(packages.match(/node_modules\/zod\/v4\/locales\/.*/g)).toEqual(['node_modules/zod/v4/locales/en.js']);
      // Loading Node's HTTP client as a module loads its fetch client, too.
      expect((await textsOf(bundle))[0]).not.toMatch(/(from|import\()\s*"node:http"/);
    }
  });

  it('load nothing by a require that a module does not have', async () => {
    for (const bundle of bundles) expect((await textsOf(bundle))[0]).not.toContain('Dynamic require of');
  });

  it('lead from a line of an error’s stack back to the source, when Node is told to', async () => {
    const tools = await bundleModules(folder, new Map([['caller', 'infra/bundling/first-call.ts']]));
    const step = bundles.find(({ functionName }) => functionName === 'await-report');
    const order = {
      caller: tools.get('caller')?.file ?? '',
      bundle: step?.file ?? '',
      event: { transferId: 'no id of a transfer' },
      context: { functionName: 'await-report', awsRequestId: '1', remainingMilliseconds: 1_000 },
      environment: {},
    };
    const stackOf = async (...nodeFlags: string[]) => {
      const call = await runFirstCall({ ...order, nodeFlags });
      return 'error' in call ? call.error.stack : '';
    };
    expect(await stackOf()).toMatch(/await-report\/index\.mjs:\d+:\d+/);
    const [, line = ''] = /functions\/workflow\/payload\.ts:(\d+)/.exec(await stackOf('--enable-source-maps')) ?? [];
    const payload = await readFile(join(PROJECT, 'functions/workflow/payload.ts'), 'utf8');
    expect(payload.split('\n')[Number(line) - 1]).toContain('parseTransferId(');
  });
});
