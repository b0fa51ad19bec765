/**
 * The CDK app: `npm run synth`, `npm run diff`, `npm run deploy`. The only file that reads what is given at deploy time:
 * `-c settings=<file>` (deployment.json unless told), and `-c example=<file>` for a look at the templates where there is no such file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { ConfigurationError } from '../functions/read-settings.ts';
import { buildApp } from './build-app.ts';
import { bundleFunctions } from './bundling/bundle-functions.ts';
import { readDeployment } from './deployment/read-deployment.ts';

try {
  // Else CDK writes templates of an app without stacks as the process ends, also after a fault.
  const app = new App({ autoSynth: false });
  const deployment = readDeployment(
    app.node.tryGetContext('settings') ?? 'deployment.json',
    app.node.tryGetContext('example'),
  );
  process.stderr.write(`settings: ${deployment.file}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  try {
    const bundles = await bundleFunctions(folder);
    const folders = new Map(bundles.map(({ functionName, directory }) => [functionName, directory]));
    buildApp(app, deployment, (functionName) => folders.get(functionName) ?? '');
    app.synth();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
