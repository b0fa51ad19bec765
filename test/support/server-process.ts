import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to start a program that serves HTTP on a loopback port. */
export interface ServerCommand {
  readonly command: string;
  readonly args: (port: number) => readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A running server of ours. */
export interface ServerProcess {
  readonly url: string;
  close(): Promise<void>;
}

const START_MILLISECONDS = 30_000;
const PAUSE_MILLISECONDS = 100;
const STOP_MILLISECONDS = 5_000;
/** What it last said goes into the message when it does not start. */
const LAST_WORDS = 2_000;

/** Does the program run at all? @param args - with which it ends at once, such as `--version` */
export function canRun(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: START_MILLISECONDS }).status === 0;
}

/**
 * Starts a server on a free loopback port and waits until it answers HTTP, whatever it answers.
 * @throws when it ends, or does not answer within 30 s; it is stopped then
 */
export async function startServerProcess({ command, args, environment }: ServerCommand): Promise<ServerProcess> {
  const port = await freePort();
  const child = spawn(command, args(port), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let said = '';
  let failure: Error | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-LAST_WORDS);
    });
  }
  child.on('error', (error) => {
    failure = error;
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    for (const endsAt = performance.now() + START_MILLISECONDS; !(await answers(url)); ) {
      if (failure) throw failure;
      if (hasEnded(child)) throw new Error(`${command} ended with status ${child.exitCode}: ${said}`);
      if (performance.now() > endsAt) throw new Error(`${command} does not answer on port ${port}: ${said}`);
      await sleep(PAUSE_MILLISECONDS);
    }
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { url, close: () => stop(child) };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Asks it to stop, and after a few seconds makes it. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
  await ended;
  clearTimeout(force);
}

async function answers(url: string): Promise<boolean> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await reply.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
