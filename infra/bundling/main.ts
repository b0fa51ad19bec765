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

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string', default: 'dist/functions' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const bundles = await bundleFunctions(values.out);
  process.stdout.write(values.json ? `${JSON.stringify(bundles, null, 2)}\n` : table(bundles));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
