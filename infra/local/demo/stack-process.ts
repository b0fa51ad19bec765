import { parseLocalSettings } from '../settings.ts';
import { type LocalStack, startLocalStack } from '../stack.ts';
import type { StackMessage } from './own-stack.ts';

/** The stack stops within this, whatever hangs. */
const LONGEST_STOP_MILLISECONDS = 4_700;

let stack: LocalStack | undefined;
let isStopping = false;

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  setTimeout(() => process.exit(0), LONGEST_STOP_MILLISECONDS).unref();
  await stack?.close();
  process.exit(0);
}

async function start(): Promise<void> {
  stack = await startLocalStack(parseLocalSettings(process.env));
  const { apiUrl, globusUrl, dataverseUrl, logFile } = stack;
  tell({ kind: 'ready', addresses: { apiUrl, globusUrl, dataverseUrl }, logFile });
}

function tell(message: StackMessage): void {
  process.send?.(message);
}

// Ctrl-C reaches every process of the terminal; the demo itself decides when its stack stops.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => void stop());
// Also when the demo died without a word.
process.on('disconnect', () => void stop());
// A handler that was given up on may still fail later; that must not end the stack, as it would not end Lambda.
process.on('unhandledRejection', () => undefined);

start().catch((error: unknown) => {
  tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  process.disconnect();
});
