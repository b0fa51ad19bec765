import { join, resolve } from 'node:path';
import { isWithoutArguments } from '../../../command-line.ts';
import { createLocalClock } from '../../clock.ts';
import { fixtureWorld } from './fixture.ts';
import { startGlobusSimulator } from './start.ts';

const HELP = `Runs the Globus simulator alone: Globus Auth (/v2/...) and Transfer (/v0.10/...) on one port.

  npm run simulator:globus

Settings, all from the environment:
  GLOBUS_PORT              port on 127.0.0.1, 8081 unless set, 0 for any free one
  STATE_DIR                state lies in <STATE_DIR>/globus, .local unless set
  GLOBUS_BYTES_PER_SECOND  speed of each transfer task, unlimited unless set
`;

/** A whole number from the environment. @throws RangeError when it is none */
function readNumber(name: string, least: number): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  if (!/^\d+$/.test(text) || Number(text) < least)
    throw new RangeError(`${name}: expected a whole number from ${least}, got "${text}"`);
  return Number(text);
}

async function main(): Promise<void> {
  const bytesPerSecond = readNumber('GLOBUS_BYTES_PER_SECOND', 1);
  const simulator = await startGlobusSimulator({
    port: readNumber('GLOBUS_PORT', 0) ?? 8081,
    stateDirectory: join(resolve(process.env['STATE_DIR'] || '.local'), 'globus'),
    clock: createLocalClock(),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  });
  const stop = () => void simulator.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const lines = [
    `Globus simulator on ${simulator.url}`,
    ...fixtureWorld.identities.map(({ id, name, clientSecret }) => `  ${id}  ${name}  ${clientSecret ?? '(no login)'}`),
    ...(fixtureWorld.publicClients ?? []).map(({ id, name }) => `  ${id}  ${name}  (no secret)`),
    ...fixtureWorld.collections.map(({ id, displayName, entityType }) => `  ${id}  ${displayName}  ${entityType}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

if (isWithoutArguments(HELP)) {
  main().catch((error: Error) => {
    process.stderr.write(`The Globus simulator did not start. ${error.message}\n`);
    process.exitCode = 1;
  });
}
