import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { RunningStack } from '../support/local-stack.ts';

/** A local stack in a process of its own, as `npm start` runs it, on free ports and a fresh folder. */
export interface MeasuredStack extends RunningStack {
  readonly pid: number;
  /** From the moment its process was asked for until it said that it was ready. */
  readonly readyMilliseconds: number;
}

export interface StackOrder {
  /** The program to run instead of `npm start`'s; it prints its addresses in the same words. */
  readonly program?: string;
  /** Settings beside ports and folder, such as `LEASE_SECONDS`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Puts something into the empty state folder before the start. */
  readonly prepare?: (stateDirectory: string) => void | Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../infra/local/main.ts', import.meta.url));
/** All that a stack needs of the environment: settings of a person's shell must not change the figures. */
const KEPT_VARIABLES = ['PATH', 'HOME', 'TMPDIR', 'TMP', 'TEMP', 'SystemRoot'];

/**
 * Runs a stack while the work lasts. However the work ends, the process is ended and its folder removed.
 * @throws the signal's reason, what the work throws, or Error when the stack ends by itself
 */
export async function withStack<Result>(
  { program = MAIN, environment = {}, prepare }: StackOrder,
  signal: AbortSignal,
  work: (stack: MeasuredStack) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const stateDirectory = await mkdtemp(join(tmpdir(), 'bench-stack-'));
  try {
    await prepare?.(stateDirectory);
    // An abort that has come by now fires no event any more.
    signal.throwIfAborted();
    const ports = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' };
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
      env: { ...keptVariables(), ...ports, ...environment, STATE_DIR: stateDirectory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      return await orEnd(child, signal, async () => {
        const printed = await untilReady(child);
        const readyMilliseconds = performance.now() - startedAt;
        return work({ ...addressesIn(printed), stateDirectory, pid: child.pid ?? 0, readyMilliseconds });
      });
    } finally {
      await kill(child);
    }
  } finally {
    await rm(stateDirectory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function keptVariables(): Record<string, string> {
  return Object.fromEntries(
    KEPT_VARIABLES.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** What the work brings, unless the process ends or the signal is aborted first; then nobody waits for the work any more. */
async function orEnd<Result>(child: ChildProcess, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  const end = Promise.withResolvers<never>();
  const onAbort = () => end.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  child.once('error', end.reject);
  child.once('exit', (code, by) => end.reject(new Error(`the local stack ended by itself (${by ?? code})`)));
  const working = work();
  working.catch(() => undefined);
  end.promise.catch(() => undefined);
  try {
    return await Promise.race([working, end.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** @returns what it printed until then */
function untilReady(child: ChildProcess): Promise<string> {
  let printed = '';
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      // Read to the end of its life: a full pipe would hold it up.
      stream?.on('data', (chunk: Buffer) => {
        printed += chunk.toString('utf8');
        if (/^ready in /m.test(printed)) resolve(printed);
      });
    }
  });
}

function addressesIn(printed: string): Pick<RunningStack, 'apiUrl' | 'globusUrl' | 'dataverseUrl'> {
  const addressOf = (name: string) => new RegExp(`${name}\\s+(http://\\S+)`).exec(printed)?.[1] ?? '';
  return {
    apiUrl: addressOf('API and site'),
    globusUrl: addressOf('Globus simulator'),
    dataverseUrl: addressOf('Dataverse stand-in'),
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
