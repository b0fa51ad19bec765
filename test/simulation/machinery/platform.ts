import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'aws-lambda';
import { httpApi, monitors, steps } from '../../../functions/manifest.ts';
import type { Application } from '../../../functions/wiring.ts';
import { LARGEST_PAYLOAD_BYTES } from '../../../infra/local/lambda-runner.ts';
import { LambdaFailure } from '../../../infra/local/workflow-engine/errors.ts';
import type { Chance } from './chance.ts';
import type { Invocation } from './invocation.ts';
import type { Schedule } from './schedule.ts';

type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** Everything that is deployed: entry file and time limit by function. */
const ENTRIES = new Map(
  [...httpApi.routes, httpApi.notFound, ...steps, ...monitors].map(({ functionName, entry, timeoutSeconds }) => [
    functionName,
    { entry, timeoutSeconds },
  ]),
);

const currentApplication = new AsyncLocalStorage<Application>();

/** What `functions/wiring.ts` is replaced by: the application of the run of the function that asks. */
export async function application(): Promise<Application> {
  const running = currentApplication.getStore();
  if (!running) throw new Error('a function asked for its application outside of a simulated run');
  return running;
}

const handlers = new Map<string, Handler>();

/** Failures are thrown by the thousand, and nobody reads where. */
const STACK_LINES = 4;

/** Imports every entry file once. @param wiring - the replacement is in place: see `application` */
export async function loadHandlers(): Promise<void> {
  Error.stackTraceLimit = STACK_LINES;
  for (const [functionName, { entry }] of ENTRIES) {
    if (handlers.has(functionName)) continue;
    const module = (await import(/* @vite-ignore */ `../../../functions/${entry}`)) as { handler: Handler };
    handlers.set(functionName, module.handler);
  }
}

/** How functions are run: each run on its own, for as long as its function may, or until it dies. */
export interface Platform {
  /**
   * Runs a function.
   * @throws LambdaFailure under the name that the platform gives to the failure, or the function's own error name
   */
  run(functionName: string, event: unknown): Promise<unknown>;
  died(invocation: Invocation): void;
  /** Runs so far. */
  readonly runs: number;
}

export interface PlatformOptions {
  readonly schedule: Schedule;
  readonly chance: Chance;
  /** The application of one run, whose ports know whose they are. */
  applicationOf(invocation: Invocation): Application;
  trace(invocation: Invocation, line: () => string): void;
  /** A failure of the platform itself before the function is begun; undefined for none. */
  refusal(functionName: string): string | undefined;
}

/** Time until a function begins, and what a new environment adds. */
const START = [1, 40] as const;
const COLD_START = [150, 900] as const;
const COLD_START_PROBABILITY = 0.1;

export function createPlatform(options: PlatformOptions): Platform {
  const { schedule, chance, trace } = options;
  const endings = new Map<Invocation, (failure: LambdaFailure) => void>();
  let runs = 0;

  const begin = (invocation: Invocation, event: unknown, endsAt: number): Promise<unknown> => {
    const handler = handlers.get(invocation.functionName);
    if (!handler) throw new Error(`there is no function ${invocation.functionName}`);
    const context = {
      awsRequestId: `request-${invocation.number}`,
      getRemainingTimeInMillis: () => Math.max(0, endsAt - schedule.now),
    } as Context;
    const app = options.applicationOf(invocation);
    return currentApplication.run(app, async () => handler(event, context));
  };

  return {
    get runs() {
      return runs;
    },
    run(functionName, event) {
      runs += 1;
      const limit = (ENTRIES.get(functionName)?.timeoutSeconds ?? 30) * 1_000;
      const invocation: Invocation = {
        number: runs,
        functionName,
        startedAtMilliseconds: schedule.now,
        isDead: false,
        frozenUntil: 0,
      };
      const text = JSON.stringify(event ?? null);
      if (text.length > LARGEST_PAYLOAD_BYTES)
        throw new Error(`the payload for ${functionName} has ${text.length} bytes`);
      const payload: unknown = JSON.parse(text);
      return new Promise((resolve, reject) => {
        const refusal = options.refusal(functionName);
        const isCold = chance.happens(`cold start of ${functionName}`, COLD_START_PROBABILITY);
        const [soonest, latest] = isCold ? COLD_START : START;
        const delay = chance.whole(`start of ${functionName}`, soonest, latest);
        if (refusal) {
          schedule.after(delay, () => reject(new LambdaFailure(refusal, 'the platform did not run it')));
          return;
        }
        schedule.after(delay, () => {
          const endsAt = schedule.now + limit;
          trace(invocation, () => `begins: ${JSON.stringify(payload).slice(0, 300)}`);
          const timeUp = schedule.at(endsAt, () => {
            // An environment that stands still may be thawed for a later run, and goes on in the middle.
            if (schedule.now >= invocation.frozenUntil) invocation.isDead = true;
            trace(invocation, () => 'is over its time limit');
            end(() => reject(new LambdaFailure('Sandbox.Timedout', `no answer within ${limit / 1000} s`)));
          });
          const end = (settle: () => void) => {
            if (!endings.delete(invocation)) return;
            schedule.callOff(timeUp);
            settle();
          };
          endings.set(invocation, (failure) => end(() => reject(failure)));
          begin(invocation, payload, endsAt).then(
            (result) => {
              trace(invocation, () => `returns ${JSON.stringify(result)?.slice(0, 300)}`);
              end(() => resolve(JSON.parse(JSON.stringify(result ?? null))));
            },
            (error: unknown) => {
              trace(invocation, () => `throws ${String(error)}`);
              const { name, message } = error instanceof Error ? error : new Error(String(error));
              end(() => reject(new LambdaFailure(name, message)));
            },
          );
        });
      });
    },
    died(invocation) {
      invocation.isDead = true;
      trace(invocation, () => 'dies');
      endings.get(invocation)?.(new LambdaFailure('Runtime.ExitError', 'the process is gone'));
    },
  };
}
