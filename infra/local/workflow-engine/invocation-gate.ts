import type { LocalClock } from '../clock.ts';
import { Interruption, LambdaFailure, StateFailure } from './errors.ts';

/** Calls the function a Task names; see `WorkflowEngineOptions.invoke`. */
export type Invoke = (functionName: string, payload: unknown, signal: AbortSignal) => Promise<unknown>;

export interface Invocation {
  readonly functionName: string;
  readonly payload: unknown;
  /** The function's signal aborts then. */
  readonly timesOutAtMilliseconds: number;
  /** Aborts while the call still waits for its turn: then it is not made at all. A call under way goes on, as in Lambda. */
  readonly startSignal: AbortSignal;
}

/** Runs functions, so many at once, the others in order of arrival. */
export interface InvocationGate {
  /**
   * Resolves with the function's reply as plain JSON (null for none).
   * @throws StateFailure with the function's error name, or `Lambda.Unknown`
   */
  call(invocation: Invocation): Promise<unknown>;
  /** Aborts what is under way and resolves once all of it has returned or two seconds have passed. */
  close(): Promise<void>;
}

export const CONCURRENT_INVOCATIONS = 50;

/** How long closing waits for functions that ignore their signal. */
const CLOSE_PATIENCE_MILLISECONDS = 2_000;

/** @param concurrency - calls at once */
export function createInvocationGate(
  invoke: Invoke,
  clock: LocalClock,
  concurrency = CONCURRENT_INVOCATIONS,
): InvocationGate {
  const inFlight = new Map<AbortController, Promise<unknown>>();
  const queue: (() => void)[] = [];
  let isClosed = false;

  const takeTurn = async () => {
    while (inFlight.size >= concurrency && !isClosed) await new Promise<void>((resolve) => queue.push(resolve));
  };

  return {
    async call({ functionName, payload, timesOutAtMilliseconds, startSignal }) {
      await takeTurn();
      if (isClosed || startSignal.aborted) {
        queue.shift()?.();
        throw startSignal.reason ?? new Interruption('the engine is closing');
      }
      const controller = new AbortController();
      const finished = new AbortController();
      clock.waitUntil(timesOutAtMilliseconds, finished.signal).then(
        () => controller.abort(new Error(`${functionName} exceeded the time limit of its task`)),
        () => {},
      );
      const running = runFunction(invoke, functionName, payload, controller.signal);
      inFlight.set(controller, running);
      try {
        return await running;
      } finally {
        inFlight.delete(controller);
        finished.abort('the function has returned');
        queue.shift()?.();
      }
    },
    async close() {
      isClosed = true;
      for (const resolve of queue.splice(0)) resolve();
      const settled = Promise.allSettled(inFlight.values());
      for (const controller of inFlight.keys()) controller.abort(new Interruption('the engine is closing'));
      let patience: NodeJS.Timeout | undefined;
      const gaveUp = new Promise((resolve) => {
        patience = setTimeout(resolve, CLOSE_PATIENCE_MILLISECONDS);
      });
      await Promise.race([settled, gaveUp]);
      clearTimeout(patience);
    },
  };
}

async function runFunction(
  invoke: Invoke,
  functionName: string,
  payload: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    const reply = await invoke(functionName, payload, signal);
    return JSON.parse(JSON.stringify(reply ?? null) ?? 'null');
  } catch (error) {
    if (error instanceof LambdaFailure) {
      const cause = { errorMessage: error.message, errorType: error.errorName, trace: [] };
      throw new StateFailure(error.errorName, JSON.stringify(cause));
    }
    throw new StateFailure('Lambda.Unknown', error instanceof Error ? error.message : String(error));
  }
}
