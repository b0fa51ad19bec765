import { quoted, type Setting } from './setting.ts';

/** Tells which settings are wrong, all of them at once; never echoes a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** Settings by name. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** What a table of settings reads as. */
export type ValuesOf<Table extends SettingTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value> ? Value : never;
};

/**
 * Reads every setting of a table from named texts; an empty text counts as none.
 * @returns the values, undefined in place of each wrong one, and every fault with the variable, the rule and an example
 */
export function readSettings<const Table extends SettingTable>(
  table: Table,
  given: Readonly<Record<string, string | undefined>>,
): { readonly values: ValuesOf<Table>; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const values = Object.fromEntries(
    Object.entries(table).map(([name, setting]) => {
      const { value, fault } = readOne(name, setting, given[name]);
      if (fault) faults.push(fault);
      return [name, value];
    }),
  );
  return { values: values as ValuesOf<Table>, faults };
}

function readOne(
  name: string,
  setting: Setting<unknown>,
  text: string | undefined,
): { readonly value?: unknown; readonly fault?: string } {
  const wrong = (got: string) => ({
    fault: `${name}: expected ${setting.expected}, got ${got} (example: ${setting.example})`,
  });
  if (text === undefined || text === '') return 'fallback' in setting ? { value: setting.fallback } : wrong('nothing');
  try {
    return { value: setting.read(text) };
  } catch (error) {
    const reason = error instanceof Error && error.message ? `: ${error.message}` : '';
    return wrong(`${setting.shown?.(text) ?? quoted(text)}${reason}`);
  }
}

/** A shell has variables of its own with short names (PORTS, HOST), so only longer names are compared. */
const SHORTEST_COMPARED = 8;

/** The known name that was surely meant by one that is a slip or two away; undefined for a known name and for one that is like none. */
export function nameMeant(given: string, known: readonly string[]): string | undefined {
  if (known.includes(given)) return undefined;
  const inCapitals = given.toUpperCase();
  return known.find(
    (each) =>
      each.length >= SHORTEST_COMPARED && slipsBetween(inCapitals, each) <= (inCapitals === each ? 0 : MOST_SLIPS),
  );
}

const MOST_SLIPS = 2;

/** Levenshtein distance, cut off at lengths that differ by more than two. */
function slipsBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MOST_SLIPS) return MOST_SLIPS + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
