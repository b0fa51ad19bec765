import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import cdk from '../../cdk.json' with { type: 'json' };
import { httpApi, monitors, steps } from '../../functions/manifest.ts';
import { readSources } from '../project/source-files.ts';
import { OWN } from './deployments.ts';
import { type Acknowledged, EXAMPLE, synthesize } from './synthesized.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const FUNCTIONS = [...httpApi.routes, httpApi.notFound, ...steps, ...monitors];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'app-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the app as the CDK's command line does: with its context and its folder for the outcome in the environment. */
async function runApp(name: string, context: Readonly<Record<string, string>>) {
  const outDirectory = join(folder, name);
  const child = spawn(process.execPath, cdk.app.split(' ').slice(1), {
    cwd: PROJECT,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      TMPDIR: folder,
      CDK_OUTDIR: outDirectory,
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdk.context, ...context }),
    },
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { status, stderr, outDirectory, written: existsSync(outDirectory) ? readdirSync(outDirectory) : [] };
}

function settingsFile(name: string, settings: object): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

// Each run bundles all functions, on a machine that may be busy.
describe('the app in a process of its own', { timeout: 120_000 }, () => {
  it('writes both templates, and the real bundle of each function beside them', async () => {
    const settings = settingsFile('own.json', OWN);
    const { status, stderr, outDirectory, written } = await runApp('own', { settings });

    expect(stderr).toBe(`settings: ${settings}\n`);
    expect(status).toBe(0);
    expect(written).toEqual(
      expect.arrayContaining(['dataverse-globus-api.template.json', 'dataverse-globus-data.template.json']),
    );
    const assets = written.filter((name) => name.startsWith('asset.'));
    expect(assets).toHaveLength(FUNCTIONS.length);
    for (const asset of assets) {
      expect(readFileSync(join(outDirectory, asset, 'index.mjs'), 'utf8')).toMatch(/export\s*\{[^}]*\bas handler\b/);
    }
    expect(reasonsIn(join(outDirectory, 'validation-report.json'))).not.toEqual([]);
    const api = readFileSync(join(outDirectory, 'dataverse-globus-api.template.json'), 'utf8');
    expect(JSON.parse(api).Rules).not.toHaveProperty('OnlyForALook');
    expect(readdirSync(folder).filter((name) => name.startsWith('bundles-'))).toEqual([]);
  });

  it('takes the example for a look where there is no file', async () => {
    const context = { settings: join(folder, 'no-such.json'), example: 'deployment.example.json' };
    const { status, stderr, outDirectory, written } = await runApp('example', context);
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'settings: deployment.example.json\n' });
    expect(written).toContain('dataverse-globus-api.template.json');
    // CloudFormation would refuse what is made of it.
    for (const stack of ['api', 'data']) {
      const template = readFileSync(join(outDirectory, `dataverse-globus-${stack}.template.json`), 'utf8');
      expect(JSON.parse(template).Rules.OnlyForALook.Assertions).toMatchObject([
        { Assert: { 'Fn::Equals': ['deployment.example.json', 'deployment.json'] } },
      ]);
    }
  });

  it('ends with status 1 and every fault of the file, without a stack trace, and writes nothing', async () => {
    const settings = settingsFile('faulty.json', {
      ...EXAMPLE,
      SITE_URL: 'http://localhost',
      SWEEP_SECONDS: 90,
      Speed: 1,
    });
    const { status, stderr, written } = await runApp('faulty', { settings, example: 'deployment.example.json' });
    expect(status).toBe(1);
    expect(written).toEqual([]);
    const [heading, ...faults] = stderr.trimEnd().split('\n');
    expect(heading).toBe(`The configuration has ${faults.length} faults:`);
    for (const fault of faults) expect(fault).toMatch(/^- \w+: expected .+, got .+ \(example: .+\)$/);
    for (const name of ['Speed', 'SITE_URL', 'SWEEP_SECONDS', 'DATAVERSE_URL', 'STORES', 'ALARM_EMAIL']) {
      expect(stderr).toContain(`- ${name}: `);
    }
  });

  it('says what to do where there is no file and nobody asked for the example', async () => {
    const settings = join(folder, 'no-such.json');
    const { status, stderr, written } = await runApp('none', { settings });
    expect({ status, written }).toEqual({ status: 1, written: [] });
    expect(stderr).toContain(`cp deployment.example.json ${settings}, then docs/deploy.md`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

// Each makes templates anew, which takes seconds of work and waits for nothing.
describe('the rules of cdk-nag', { timeout: 120_000 }, () => {
  it('refuse the app as soon as something breaks one of them', () => {
    expect(() => synthesize({}, ({ data }) => void new Bucket(data, 'Open'))).toThrow(
      /AwsSolutions-S1\b[\s\S]*data\/Open/,
    );
  });

  it('find nothing but what somebody has given a reason for, each at these places', () => {
    const findings = synthesize().acknowledged.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath.replace(/^[^/]+\//, '')}`),
    );
    const routes = httpApi.routes.flatMap(({ method, path }) =>
      httpApi.prefixes.map((prefix) => `Endpoints/Api/${method}${`${prefix}${path}`.replaceAll('/', '--')}/Resource`),
    );
    const executions =
      'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:dataverse-globus-transfer:*';
    expect(findings.sort()).toEqual(
      [
        ...['globus-client', 'dataverse-superuser', 'dataverse-unblock-key', 'url-signing'].map(
          (name) => `AwsSolutions-SMG4 Secrets/dataverse-globus%2F${name}`,
        ),
        ...[...routes, 'Endpoints/AnythingElse/Resource'].map((route) => `AwsSolutions-APIG4 ${route}`),
        `AwsSolutions-IAM5[Resource::${executions}] sweep/Role/Resource`,
        'AwsSolutions-IAM5[Resource::*] Workflow/Role/DefaultPolicy/Resource',
        'AwsSolutions-SF2 Workflow/StateMachine/Resource',
        'AwsSolutions-SQS3 Schedules/FailedRuns/Resource',
      ].sort(),
    );
  });

  it('are acknowledged with a reason in a sentence, and nowhere without need', () => {
    const { acknowledged } = synthesize();
    for (const { reason } of acknowledged) expect(reason).toMatch(/^[A-Z].{30,}\.$/);
    const calls = readSources('infra/constructs').flatMap(({ code }) => code.match(/^\s*acknowledge\(/gm) ?? []);
    expect(new Set(acknowledged.map(({ reason }) => reason)).size).toBe(calls.length);
  });
});

function reasonsIn(report: string): readonly string[] {
  const { pluginReports }: { pluginReports: readonly { suppressedViolations: readonly Acknowledged[] }[] } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  return pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations.map(({ reason }) => reason));
}
