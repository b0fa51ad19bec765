import { describe, expect, it } from 'vitest';
import { httpApi, steps } from '../../functions/manifest.ts';
import { TAKE_MARGIN_SECONDS, WORKERS } from '../../functions/use-cases/workers.ts';

const timeoutOf = new Map(
  [...httpApi.routes, ...steps].map((entry) => [entry.functionName as string, entry.timeoutSeconds]),
);

describe('a worker', () => {
  it.each(Object.entries(WORKERS).map(([functionName, worker]) => ({ functionName, worker })))(
    'in $functionName cannot outlive the time for which it has taken a record',
    ({ functionName, worker }) => {
      const endsAfterSeconds = timeoutOf.get(functionName) ?? Number.POSITIVE_INFINITY;
      expect(endsAfterSeconds).toBeLessThanOrEqual(worker.limitSeconds + TAKE_MARGIN_SECONDS);
    },
  );

  it('of a step exists for every step of the workflow', () => {
    expect(Object.keys(WORKERS)).toEqual(expect.arrayContaining(steps.map((step) => step.functionName)));
  });

  it.each(Object.values(WORKERS))(
    'called $name ends, its longest hanging call included, before an unclear call is settled',
    (worker) => {
      // Design section 5: limit + longest hang < 5 minutes; the longest call is a batch of files, 95 s.
      expect(worker.limitSeconds + TAKE_MARGIN_SECONDS + 95).toBeLessThan(300);
    },
  );
});
