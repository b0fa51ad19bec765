/** `npm run simulate:mutants`: see its `--help`. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { replaceWiring } from './machinery/hooks.ts';

replaceWiring();
const { huntAll } = await import('./mutants/hunt.ts');
const { MUTANTS } = await import('./mutants/mutants.ts');

const HELP = `Applies each deliberate error to the product and shows which scenario or seed finds it, and by which invariant.

usage: npm run simulate:mutants [-- options]

  --only NAME   one mutant alone; may be repeated
  --threads N   so many threads (default: one a core)
  --json        print one object at the end
  --help        show this

Exit codes: 0 each was caught within the default seeds; 1 one was not; 2 wrong usage.
`;

function readOrder() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        threads: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const unknown = values.only.find((name) => !MUTANTS.some((mutant) => mutant.name === name));
    if (unknown !== undefined) throw new Error(`--only ${unknown}: there is no such mutant`);
    return values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message.split('. ')[0]}; --help shows what there is\n`);
    return undefined;
  }
}

/** Ends once everything is printed; threads and timers of worlds that are over would keep the process alive for a while. */
function leave(status: number): void {
  process.stdout.write('', () => process.exit(status));
}

const order = readOrder();
if (!order) process.exit(2);
if (order.help) {
  process.stdout.write(HELP);
} else {
  const chosen = MUTANTS.filter(({ name }) => order.only.length === 0 || order.only.includes(name));
  const hunted = await huntAll(chosen, Number(order.threads ?? availableParallelism()), (hunt) => {
    if (!order.json) {
      const how = hunt.caughtBy ? `caught by ${hunt.caughtBy} in ${hunt.where}` : 'NOT CAUGHT';
      process.stdout.write(`${hunt.mutant.padEnd(30)} ${how} (${hunt.runs} runs, ${hunt.seconds.toFixed(1)} s)\n`);
    }
  });
  const escaped = hunted.filter((hunt) => !hunt.caughtBy);
  if (order.json) process.stdout.write(`${JSON.stringify(hunted, null, 2)}\n`);
  else process.stdout.write(`${hunted.length - escaped.length} of ${hunted.length} mutants caught\n`);
  leave(escaped.length === 0 ? 0 : 1);
}
