import { join, resolve } from 'node:path';
import { isWithoutArguments } from '../../../command-line.ts';
import { createLocalClock } from '../../clock.ts';
import { FIXTURE_WORLD } from './fixture.ts';
import { startDataverseSimulator } from './start.ts';

const HELP = `Runs a stand-in for a Dataverse 6.5 on 127.0.0.1 until it is stopped.

Settings (environment):
  DATAVERSE_PORT   port to listen on, 8082 if unset
  SITE_URL         public base address its URLs start with, http://127.0.0.1:<port> if unset
  GLOBUS_URL       where it asks for sizes of registered files, for example http://127.0.0.1:8081
  STATE_DIR        its state is kept in <STATE_DIR>/dataverse, .local if unset
`;

async function main(): Promise<void> {
  if (!isWithoutArguments(HELP)) return;
  const port = Number(process.env['DATAVERSE_PORT'] || 8082);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`DATAVERSE_PORT: expected a port from 1 to 65535, got "${process.env['DATAVERSE_PORT']}"`);
  }
  const globusUrl = process.env['GLOBUS_URL'];
  const simulator = await startDataverseSimulator({
    port,
    stateDirectory: resolve(join(process.env['STATE_DIR'] || '.local', 'dataverse')),
    clock: createLocalClock(),
    siteUrl: process.env['SITE_URL'] || `http://127.0.0.1:${port}`,
    ...(globusUrl ? { globus: { url: globusUrl } } : {}),
  });
  const people = FIXTURE_WORLD.users.map((user) => `  ${user.name.padEnd(16)} ${user.apiToken}\n`);
  process.stdout.write(`Dataverse stand-in: ${simulator.url}\nPublic API tokens of a new installation:\n`);
  process.stdout.write(people.join(''));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void simulator.close().then(() => process.exit(0)));
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
