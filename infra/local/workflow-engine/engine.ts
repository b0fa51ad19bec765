import type { LocalClock } from '../clock.ts';
import type { StateMachineDefinition } from './definition.ts';
import type { Interruption } from './errors.ts';
import type { InvocationGate } from './invocation-gate.ts';
import type { ExecutionRecord, WorkflowStore } from './store.ts';
import type { CallbackOutcome } from './token-table.ts';

/** A machine under its name, with the definition that new executions get. */
export interface LoadedMachine {
  readonly name: string;
  readonly definition: StateMachineDefinition;
  readonly definitionHash: string;
  readonly loadedAtMilliseconds: number;
}

/** An open execution in this process. */
export interface RunningExecution {
  record: ExecutionRecord;
  readonly definition: StateMachineDefinition;
  readonly input: unknown;
  readonly controller: AbortController;
}

/** Somebody in this process who waits for a token to be answered. */
export interface CallbackWaiter {
  answered(outcome: CallbackOutcome): void;
}

/** What the parts of the engine share. */
export interface Engine {
  readonly store: WorkflowStore;
  readonly clock: LocalClock;
  readonly gate: InvocationGate;
  readonly machines: ReadonlyMap<string, LoadedMachine>;
  readonly running: Map<number, RunningExecution>;
  readonly waiters: Map<string, CallbackWaiter>;
  /** Chance from 0 up to 1 for the jitter of retries. */
  fraction(): number;
  /** Lets timers and requests have their turn now and then, so that a fast loop cannot starve them. */
  breathe(): Promise<void>;
}

/** How long transitions may go on before timers and requests get a turn. */
const TURN_MILLISECONDS = 20;

/** The turns behind `Engine.breathe`; all executions share them, however many are woken at once. */
export function createBreathing(): () => Promise<void> {
  let turnBeganAt = performance.now();
  let nextTurn: Promise<void> | undefined;
  return async () => {
    while (performance.now() - turnBeganAt > TURN_MILLISECONDS) {
      nextTurn ??= new Promise((resolve) => {
        setImmediate(() => {
          turnBeganAt = performance.now();
          nextTurn = undefined;
          resolve();
        });
      });
      await nextTurn;
    }
  };
}

/**
 * Settles as the first of the promises does, or rejects with the signal's reason once it aborts.
 * What the losers do later is ignored.
 */
export function firstOf<T>(promises: readonly Promise<T>[], signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Interruption);
    signal.addEventListener('abort', abort, { once: true });
    const leave = () => signal.removeEventListener('abort', abort);
    for (const promise of promises) {
      promise.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error) => {
          leave();
          reject(error);
        },
      );
    }
    // Last, so that every promise has a handler and a late rejection is never an unhandled one.
    if (signal.aborted) abort();
  });
}
