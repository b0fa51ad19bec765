import type { Counts, FuzzFailure, FuzzResult } from './run-fuzz.ts';

/** A failure with all it takes to see it again. */
export function describeFailure({ seed, path, request, why }: FuzzFailure): string {
  return [
    why,
    `request: ${JSON.stringify(request)}`,
    `again:   npm run fuzz -- --seed ${seed} --path ${path}`,
    '         (what it does may depend on those before it; then: the same seed, and as many requests)',
  ].join('\n');
}

/** What came back, in all and from each operation. */
export function describeRun({ sent, milliseconds, statuses, operations }: FuzzResult): string {
  const lines = Object.entries(operations).map(([name, counts]) => `  ${name.padEnd(26)} ${describe(counts)}`);
  return [`${sent} requests in ${(milliseconds / 1000).toFixed(0)} s: ${describe(statuses)}`, ...lines].join('\n');
}

function describe(counts: Counts): string {
  return Object.entries(counts)
    .map(([status, times]) => `${times} × ${status}`)
    .join(', ');
}
