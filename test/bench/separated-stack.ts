import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseLocalSettings } from '../../infra/local/settings.ts';
import { startLocalStack } from '../../infra/local/stack.ts';
import { loadStackParts } from '../../infra/local/stack-parts.ts';
import { type FunctionPeaks, PEAKS_FILE, SEPARATED, withSeparatedFunctions } from './separated-functions.ts';

/** Half of the 512 MB that the budget grants; the other half is for buffers, code, and Node itself. */
const HEAP_MEGABYTES = 256;

async function main(): Promise<void> {
  const settings = parseLocalSettings(process.env);
  const file = join(settings.stateDirectory, PEAKS_FILE);
  const write = (peaks: FunctionPeaks) => {
    writeFileSync(`${file}.new`, JSON.stringify(peaks));
    renameSync(`${file}.new`, file);
  };
  const parts = withSeparatedFunctions(await loadStackParts(), SEPARATED, HEAP_MEGABYTES, write);
  const { apiUrl, globusUrl, dataverseUrl } = await startLocalStack(settings, { parts });
  // In the words of `npm start`.
  process.stdout.write(`API and site ${apiUrl}\nGlobus simulator ${globusUrl}\nDataverse stand-in ${dataverseUrl}\n`);
  process.stdout.write('ready in its own time\n');
}

// Whoever started it ends it.
process.on('SIGINT', () => undefined);
process.on('unhandledRejection', () => undefined);
await main();
