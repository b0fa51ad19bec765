import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Arguments {
  readonly seeds: number | undefined;
  readonly from: number;
  readonly minutes: number | undefined;
  readonly isPairs: boolean;
  readonly isSingles: boolean;
  readonly scenario: string | undefined;
  readonly replay: string | undefined;
  readonly faults: readonly string[];
  readonly threads: number | undefined;
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

export const HELP = `Plays the product against faults far harsher than production's, in virtual time, and asks after every step whether its three promises hold.

usage: npm run simulate [-- options]      (npm run --silent simulate -- --json  prints JSON and nothing else)

Without an option it plays each scenario once, each single fault at each call of the base scenarios, and 500 seeds.

  --seeds N        N seeds and nothing else, each a run of its own people, faults and settings
  --from S         begin with seed S (default 1)
  --minutes M      stop after so many minutes
  --singles        each single fault at each call of the base scenarios and nothing else
  --pairs          each two faults of them
  --scenario TEXT  for --singles and --pairs: scenarios with this text in their names
  --replay WHAT    a seed, or a scenario by its name: tells what happens, step by step
  --fault NAME     for --replay of a scenario: a fault as a failure names it; may be repeated
  --threads N      so many threads (default: one a core)
  --json           print one object at the end
  --help           show this

A failure is printed with its seed, the choices that were made, the fewest faults that are enough, and the command that plays it again.
Exit codes: 0 nothing was wrong; 1 something was; 2 wrong usage.
`;

/** @returns a sentence that says what is wrong, when something is */
export function readArguments(given: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...given],
      options: {
        seeds: { type: 'string' },
        from: { type: 'string', default: '1' },
        minutes: { type: 'string' },
        pairs: { type: 'boolean', default: false },
        singles: { type: 'boolean', default: false },
        scenario: { type: 'string' },
        replay: { type: 'string' },
        fault: { type: 'string', multiple: true, default: [] },
        threads: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const numbers = { seeds: values.seeds, from: values.from, minutes: values.minutes, threads: values.threads };
    const wrong = Object.entries(numbers).find(([, text]) => text !== undefined && !(Number(text) > 0));
    if (wrong) return `--${wrong[0]} ${wrong[1]}: expected a number above 0`;
    const { pairs: isPairs, singles: isSingles, scenario, replay, fault: faults, json: isJson, help: isHelp } = values;
    if (faults.length > 0 && replay === undefined) return '--fault: expected a --replay of a scenario beside it';
    const numberOf = (text: string | undefined) => (text === undefined ? undefined : Number(text));
    return {
      seeds: numberOf(values.seeds),
      from: Number(values.from),
      minutes: numberOf(values.minutes),
      isPairs,
      isSingles,
      scenario,
      replay,
      faults,
      threads: numberOf(values.threads),
      isJson,
      isHelp,
    };
  } catch (error) {
    return `${(error as Error).message.split('. ')[0]}; --help shows what there is`;
  }
}
