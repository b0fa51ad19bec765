import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DemoFailure } from './demo-failure.ts';

const STACK_PROCESS = fileURLToPath(new URL('./stack-process.ts', import.meta.url));
/** A stack stops within 5 s by itself; what is left then is cut off. */
const LONGEST_STOP_MILLISECONDS = 7_000;
/** All that the stack needs of the environment: settings of the person's shell must not change what the demo shows. */
const KEPT_VARIABLES = ['PATH', 'HOME', 'TMPDIR', 'TMP', 'TEMP', 'SystemRoot'];

export interface StackAddresses {
  readonly apiUrl: string;
  readonly globusUrl: string;
  readonly dataverseUrl: string;
}

/** What the stack's process tells the demo. */
export type StackMessage =
  | { readonly kind: 'ready'; readonly addresses: StackAddresses; readonly logFile: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface OwnStack {
  readonly addresses: StackAddresses;
  readonly logFile: string;
}

export interface StackOrder {
  readonly stateDirectory: string;
  readonly leaseSeconds: number;
  /** Speed of each transfer task. */
  readonly bytesPerSecond?: number;
}

/**
 * Runs the whole local stack on free ports while the work lasts, and stops it however the work ends. It has a process of its own, since
 * the settings of a stack hold for the life of a process; should it end by itself, the work's signal says so.
 * @throws DemoFailure when the stack cannot start, or what the work throws
 */
export async function withOwnStack<Result>(
  order: StackOrder,
  signal: AbortSignal,
  work: (stack: OwnStack, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const child = fork(STACK_PROCESS, [], {
    env: environmentOf(order),
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const death = new AbortController();
  child.once('error', (error) => death.abort(new DemoFailure(`The local stack could not be run: ${error.message}.`)));
  child.once('exit', (code, by) => death.abort(new DemoFailure(`The local stack ended by itself (${by ?? code}).`)));
  const either = AbortSignal.any([signal, death.signal]);
  try {
    return await work(await untilReady(child, either), either);
  } finally {
    await stop(child, ended);
  }
}

function environmentOf({ stateDirectory, leaseSeconds, bytesPerSecond }: StackOrder): Record<string, string> {
  const kept = KEPT_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    PORT: '0',
    GLOBUS_PORT: '0',
    DATAVERSE_PORT: '0',
    STATE_DIR: stateDirectory,
    LEASE_SECONDS: String(leaseSeconds),
    ...(bytesPerSecond === undefined ? {} : { GLOBUS_BYTES_PER_SECOND: String(bytesPerSecond) }),
  };
}

function untilReady(child: ChildProcess, signal: AbortSignal): Promise<OwnStack> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('message', (message: StackMessage) => {
      signal.removeEventListener('abort', onAbort);
      if (message.kind === 'ready') resolve({ addresses: message.addresses, logFile: message.logFile });
      else reject(new DemoFailure(`The local stack could not start: ${message.reason}`));
    });
    if (signal.aborted) onAbort();
  });
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_STOP_MILLISECONDS);
  await ended;
  clearTimeout(timer);
}
