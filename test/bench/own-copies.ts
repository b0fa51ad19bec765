import { registerHooks } from 'node:module';
import type { LambdaHandler } from '../../infra/local/lambda-runner.ts';
import type { StackParts } from '../../infra/local/stack-parts.ts';

const FUNCTIONS = new URL('../../functions/', import.meta.url).href;
const CLOCK = `${FUNCTIONS}adapters/system/clock.ts`;

type ClockModule = typeof import('../../functions/adapters/system/clock.ts');

/**
 * Lets each function have modules of its own, as in Lambda, where each runs in processes of its own: the local stack lets all of them share one
 * application, with its token and what it remembers. To be called once in a process.
 * @param onEnded - told of each run of a function that is over
 */
export function withOwnCopies(parts: StackParts, onEnded: (functionName: string) => void): StackParts {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const copy = context.parentURL && new URL(context.parentURL).search;
      return copy && resolved.url.startsWith(FUNCTIONS) ? { ...resolved, url: `${resolved.url}${copy}` } : resolved;
    },
  });
  const clocks: ClockModule[] = [];
  let shiftedMilliseconds = 0;
  return {
    ...parts,
    async loadHandler({ entry, functionName }) {
      const copy = `?${functionName}`;
      const clock = (await import(`${CLOCK}${copy}`)) as ClockModule;
      clock.shiftSystemClock(shiftedMilliseconds);
      clocks.push(clock);
      const { handler } = (await import(`${FUNCTIONS}${entry}${copy}`)) as { handler: LambdaHandler };
      return async (event, context) => {
        try {
          return await handler(event, context);
        } finally {
          onEnded(functionName);
        }
      };
    },
    shiftFunctionsClock(milliseconds) {
      shiftedMilliseconds += milliseconds;
      parts.shiftFunctionsClock(milliseconds);
      for (const clock of clocks) clock.shiftSystemClock(milliseconds);
    },
  };
}
