import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Arguments {
  readonly json: boolean;
  readonly help: boolean;
  readonly isLong: boolean;
  /** Names of the parts to run. */
  readonly only: readonly string[];
}

/**
 * Reads the command line.
 * @param partNames - all there are; without `--only` all of them run
 * @returns a sentence that says what is wrong, when something is
 */
export function readArguments(given: readonly string[], partNames: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...given],
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        long: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
      },
    });
    const unknown = values.only.find((name) => !partNames.includes(name));
    if (unknown !== undefined) return `--only ${unknown}: expected one of ${partNames.join(', ')}`;
    const only = partNames.filter((name) => values.only.length === 0 || values.only.includes(name));
    return { json: values.json, help: values.help, isLong: values.long, only };
  } catch (error) {
    return `${(error as Error).message.split('. ')[0]}; --help shows what there is`;
  }
}

/** What `--help` prints. */
export function helpText(parts: readonly { readonly name: string; readonly title: string }[]): string {
  const widest = Math.max(...parts.map(({ name }) => name.length));
  return [
    'Measures the product on this machine and shows each figure beside the budget that its design sets.',
    'Nothing here is a test: how fast a machine is decides no pass or fail. What Dataverse and Globus need in reality is not',
    'in these figures: both are stand-ins that answer at once.',
    '',
    'usage: npm run bench [-- options]      (npm run --silent bench -- --json  prints JSON and nothing else)',
    '',
    '  --only NAME  one part alone; may be repeated',
    '  --long       also what takes minutes: 50,000 files over five grants',
    '  --json       print one object at the end instead of tables',
    '  --help       show this',
    '',
    'Parts:',
    ...parts.map(({ name, title }) => `  ${name.padEnd(widest)}  ${title}`),
    '',
    'Exit codes: 0 all was measured, within its budget or not; 1 something could not be; 2 wrong usage; 130 interrupted.',
  ].join('\n');
}
