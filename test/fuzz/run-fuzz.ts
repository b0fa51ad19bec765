import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import type { StackProcess } from '../support/local-stack.ts';
import { type FuzzRequest, toWire } from './fuzz-request.ts';
import { type KnownThings, knowThings } from './known-things.ts';
import { fuzzRequest } from './requests.ts';
import { openSender, type Sender } from './send-request.ts';
import { createJudge, type Judge } from './verdict.ts';

export interface FuzzOrder {
  readonly requests: number;
  readonly seed: number;
  /** Where one failure lies, as the run that found it printed it: then that request alone is sent. */
  readonly path?: string;
  readonly onProgress?: (sent: number) => void;
  readonly signal?: AbortSignal;
}

export interface FuzzResult {
  readonly sent: number;
  readonly milliseconds: number;
  /** How often each status came. */
  readonly statuses: Counts;
  /** The same for each operation of docs/openapi.yaml, and for what is none. */
  readonly operations: Readonly<Record<string, Counts>>;
  readonly failures: readonly FuzzFailure[];
}

export type Counts = Readonly<Record<string, number>>;

/** A request whose reply was not as it should be, made as small as it can be. */
export interface FuzzFailure {
  readonly seed: number;
  readonly path: string;
  readonly request: FuzzRequest;
  readonly why: string;
}

/** So many requests are under way at once: enough that they get in each other's way. */
const LANES = 4;
/** After so many requests of one lane the things that requests refer to are made anew. */
const RENEW_EVERY = 60;

/** Sends made-up requests to a stack and judges every reply. The same seed makes the same requests. */
export async function runFuzz(stack: StackProcess, order: FuzzOrder): Promise<FuzzResult> {
  const startedAt = performance.now();
  const things = await knowThings(stack);
  const sender = openSender(stack.apiUrl, LANES);
  const run: Run = { things, sender, judge: createJudge(), replies: [], sent: 0, order };
  const lanes = order.path === undefined ? LANES : 1;
  const perLane = Array.from({ length: lanes }, (_, lane) => Math.floor((order.requests + lane) / lanes));
  try {
    const failures = await Promise.all(perLane.map((requests, lane) => runLane(run, order.seed + lane, requests)));
    return {
      sent: run.sent,
      milliseconds: performance.now() - startedAt,
      statuses: countsOf(run.replies),
      operations: Object.fromEntries(
        Object.entries(Object.groupBy(run.replies, ({ operation }) => operation))
          .sort()
          .map(([operation, replies]) => [operation, countsOf(replies ?? [])]),
      ),
      failures: failures.flat(),
    };
  } finally {
    sender.close();
  }
}

interface Run {
  readonly things: KnownThings;
  readonly sender: Sender;
  readonly judge: Judge;
  readonly replies: { readonly operation: string; readonly status: number }[];
  readonly order: FuzzOrder;
  sent: number;
}

async function runLane(run: Run, seed: number, requests: number): Promise<readonly FuzzFailure[]> {
  if (requests === 0) return [];
  const { path } = run.order;
  let before = 0;
  const property = fc.asyncProperty(fuzzRequest, async (request) => {
    run.order.signal?.throwIfAborted();
    if (++before % RENEW_EVERY === 0) await run.things.renew();
    await sendAndJudge(run, request);
  });
  const found = await fc.check(property, { seed, numRuns: requests, ...(path === undefined ? {} : { path }) });
  run.order.signal?.throwIfAborted();
  if (!found.failed) return [];
  const [request] = found.counterexample ?? [];
  const why = found.errorInstance instanceof Error ? found.errorInstance.message : String(found.errorInstance);
  if (request === undefined) throw found.errorInstance;
  return [{ seed, path: found.counterexamplePath ?? '', request, why }];
}

async function sendAndJudge(run: Run, made: FuzzRequest): Promise<void> {
  const request = toWire(made, run.things.meaningOf);
  const reply = await run.sender.send(request);
  run.sent += 1;
  run.replies.push({ operation: run.judge.operationOf(request), status: reply.status });
  run.order.onProgress?.(run.sent);
  const faults = run.judge.faultsOf(request, reply);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  run.things.learn(request, reply);
}

function countsOf(replies: readonly { readonly status: number }[]): Counts {
  const grouped = Object.groupBy(replies, ({ status }) => status);
  return Object.fromEntries(Object.entries(grouped).map(([status, each]) => [status, each?.length ?? 0]));
}
