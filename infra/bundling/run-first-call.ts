import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { CallContext, FirstCall } from './first-call.ts';

/** One call of a bundled handler in a process of its own. */
export interface CallOrder {
  /** The bundle of `first-call.ts`. */
  readonly caller: string;
  /** The bundle that is called; the process runs in its folder. */
  readonly bundle: string;
  readonly event: unknown;
  readonly context: CallContext;
  /** All of the process's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
}

/** What the process told of the call, and what it wrote. */
export type ObservedCall = FirstCall & { readonly stdout: string; readonly stderr: string };

/**
 * Runs a call with the Node that runs this process.
 * @throws Error with what the process wrote, when it ended without a word about the call
 */
export async function runFirstCall(order: CallOrder): Promise<ObservedCall> {
  const { caller, bundle, event, context, environment, nodeFlags = [] } = order;
  const child = spawn(
    process.execPath,
    [...nodeFlags, caller, bundle, JSON.stringify(event), JSON.stringify(context)],
    { cwd: dirname(bundle), env: environment, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr, told] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    textOf(child.stdio[3]),
  ]);
  const status = await ended;
  if (told === '') throw new Error(`${bundle} was not called; status ${status}\n${stdout}${stderr}`);
  return { ...(JSON.parse(told) as FirstCall), stdout, stderr };
}

async function textOf(stream: unknown): Promise<string> {
  return (await buffer(stream as Readable)).toString('utf8');
}
