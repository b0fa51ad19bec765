import { canRun, type ServerProcess, startServerProcess } from './server-process.ts';

const COMMAND = 'moto_server';

/** Why moto cannot be run here, and what to do about it; undefined when it can. */
export function whyNoMoto(): string | undefined {
  return canRun(COMMAND, '--help')
    ? undefined
    : `${COMMAND} is not on the PATH; install the Python package moto with its extras "server" and "dynamodb"`;
}

/** Starts moto, an independent implementation of AWS's interfaces, on a free loopback port, everything in memory. */
export function startMoto(): Promise<ServerProcess> {
  return startServerProcess({
    command: COMMAND,
    args: (port) => ['--host', '127.0.0.1', '--port', String(port)],
    // The region of everything on this machine is called `local`.
    environment: { MOTO_ALLOW_NONEXISTENT_REGION: 'true' },
  });
}
