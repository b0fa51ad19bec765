import { parseArgs } from 'node:util';
import { type Bundle, bundleFunctions } from './bundle-functions.ts';

const USAGE = `Usage: npm run build [-- [--out <folder>] [--json]]

Bundles every function of functions/manifest.ts for Lambda (Node 24): one file index.mjs, handler index.handler,
with its source map index.mjs.map, in a folder of the function's name.

  --out <folder>  where those folders go; dist/functions unless told
  --json          prints a list of {functionName, entry, directory, file, bytes, sourceMapBytes} instead of a table
  --help          prints this
`;

/** One line a function: name, size of the file, size of its source map. */
function table(bundles: readonly Bundle[]): string {
  const width = Math.max(...bundles.map(({ functionName }) => functionName.length));
  const row = (name: string, ...columns: readonly string[]) =>
    [name.padEnd(width), ...columns.map((column) => column.padStart(15))].join('');
  const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1);
  const rows = bundles.map(({ functionName, bytes, sourceMapBytes }) =>
    row(functionName, kilobytes(bytes), kilobytes(sourceMapBytes)),
  );
  return [row('function', 'kB', 'source map kB'), ...rows, ''].join('\n');
}

/** What the command line asks for; undefined when it is wrong, which has been said then. */
function readCommandLine() {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string', default: 'dist/functions' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message.split('. ')[0]}; --help shows what there is\n`);
    process.exitCode = 2;
    return undefined;
  }
}

const wanted = readCommandLine();
if (wanted?.help) {
  process.stdout.write(USAGE);
} else if (wanted) {
  try {
    const bundles = await bundleFunctions(wanted.out);
    process.stdout.write(
      wanted.json ? `${JSON.stringify(bundles, null, 2)}\n` : `${table(bundles)}\nThey are in ${wanted.out}.\n`,
    );
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
