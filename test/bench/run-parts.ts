import { performance } from 'node:perf_hooks';
import { type Figure, isWithinBudget, type Part, type PartResult, type Run, type Table } from './figure.ts';

/** What came of one part. */
export interface PartOutcome extends PartResult {
  readonly name: string;
  readonly title: string;
  readonly tookSeconds: number;
  /** Why it could not be measured. */
  readonly failure?: string;
}

/** A part gives up after this long, whatever hangs. */
const LONGEST_PART_MILLISECONDS = { usually: 180_000, long: 1_800_000 };

/**
 * Runs parts one after the other: two at once would measure each other.
 * @throws the signal's reason
 */
export async function runParts(
  parts: readonly Part[],
  { signal, isLong, tell }: Run,
  onPart: (outcome: PartOutcome) => void,
): Promise<readonly PartOutcome[]> {
  const outcomes: PartOutcome[] = [];
  for (const { name, title, run } of parts) {
    signal.throwIfAborted();
    tell(`${name} …`);
    const startedAt = performance.now();
    const limit = AbortSignal.timeout(LONGEST_PART_MILLISECONDS[isLong ? 'long' : 'usually']);
    const result = await run({ signal: AbortSignal.any([signal, limit]), isLong, tell }).catch((error: unknown) => {
      signal.throwIfAborted();
      return { figures: [], failure: error instanceof Error ? error.message : String(error) };
    });
    const outcome = { name, title, tookSeconds: (performance.now() - startedAt) / 1000, ...result };
    outcomes.push(outcome);
    onPart(outcome);
  }
  return outcomes;
}

/** All of it for programs: each figure with its budget and whether it keeps it (null where there is none). */
export function asJson(outcomes: readonly PartOutcome[]): object {
  const described = (figure: Figure) => ({
    ...figure,
    budget: figure.budget ?? null,
    ok: isWithinBudget(figure) ?? null,
  });
  return {
    ok: outcomes.every(({ figures, failure }) => !failure && figures.every((each) => isWithinBudget(each) !== false)),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    parts: outcomes.map(({ name, title, tookSeconds, failure, figures, notMeasured = [], tables = [] }) => ({
      name,
      title,
      tookSeconds: Math.round(tookSeconds * 10) / 10,
      failure: failure ?? null,
      figures: figures.map(described),
      notMeasured,
      tables: tables.map(({ title, ...table }) => ({ title, rows: rowsOf(table) })),
    })),
  };
}

function rowsOf({ columns, rows }: Pick<Table, 'columns' | 'rows'>): readonly object[] {
  return rows.map((cells) => Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? null])));
}
