import { faultName } from '../machinery/plan.ts';
import type { Found, JobResult } from './job.ts';

/** What came out of many runs. */
export interface Tally {
  add(result: JobResult): void;
  readonly runs: number;
  readonly faults: number;
  readonly simulatedHours: number;
  readonly found: readonly Found[];
  /** Runs and simulated hours in each second of the machine's. */
  pace(): { readonly runsPerSecond: number; readonly simulatedHoursPerSecond: number };
}

export function createTally(): Tally {
  const startedAt = performance.now();
  const found: Found[] = [];
  let runs = 0;
  let faults = 0;
  let simulatedSeconds = 0;
  return {
    add(result) {
      runs += result.runs;
      faults += result.faults;
      simulatedSeconds += result.simulatedSeconds;
      found.push(...result.found);
    },
    get runs() {
      return runs;
    },
    get faults() {
      return faults;
    },
    get simulatedHours() {
      return simulatedSeconds / 3_600;
    },
    found,
    pace() {
      const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000);
      return { runsPerSecond: runs / seconds, simulatedHoursPerSecond: simulatedSeconds / 3_600 / seconds };
    },
  };
}

/** One line that says what was wrong. */
export function whyFound({ violation, error }: Pick<Found, 'violation' | 'error'>): string {
  if (violation) return `${violation.id} (${violation.promise}) ${violation.what}`;
  const [sentence = ''] = (error ?? 'nothing').split('\n');
  return sentence.replace(/^Error: /, 'expected otherwise: ');
}

/** A failure with what it takes to see it again. */
export function describeFound(found: Found): string {
  const { where, violation, met, shrunk } = found;
  const replay = where.startsWith('seed ')
    ? `npm run simulate -- --replay ${where.slice('seed '.length)}`
    : `npm run simulate -- --replay "${where}"${(shrunk ?? met).map((fault) => ` --fault "${faultName(fault)}"`).join('')}`;
  return [
    `${where}: ${whyFound(found)}`,
    ...(violation ? [`  must be: ${violation.says}`, `  after ${violation.atSeconds} s`] : []),
    `  choices: ${met.length === 0 ? 'no fault' : met.map(faultName).join('; ')}`,
    ...(shrunk ? [`  fewest:  ${shrunk.length === 0 ? 'no fault' : shrunk.map(faultName).join('; ')}`] : []),
    `  again:   ${replay}`,
  ].join('\n');
}
