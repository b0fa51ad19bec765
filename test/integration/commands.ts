import { spawn } from 'node:child_process';

/** How a program ended, and what it said. */
export interface CommandResult {
  /** Null when it was ended at its time limit, or did not run at all. */
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface CommandOptions {
  /** The whole environment of the program, instead of that of the test. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds?: number;
  /** What its standard input holds. */
  readonly input?: string;
  /** Told all output so far, each time that there is more; what it answers is typed in, once. */
  readonly answer?: (output: string) => Promise<string | undefined>;
}

/** More than any command here takes, installations aside. */
const LONGEST_MILLISECONDS = 60_000;

/** Runs a program to its end. Never throws: what does not run has a status of null, and says why among its errors. */
export function runCommand(
  command: string,
  args: readonly string[],
  { environment, timeoutMilliseconds = LONGEST_MILLISECONDS, input, answer }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    let output = '';
    let errors = '';
    let isAnswered = false;
    const child = spawn(command, args, {
      env: environment ?? process.env,
      timeout: timeoutMilliseconds,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const typeAnswer = async () => {
      const text = await answer?.(output).catch((error: unknown) => {
        errors += `${error}\n`;
        child.kill('SIGKILL');
        return undefined;
      });
      if (text === undefined || isAnswered) return;
      isAnswered = true;
      child.stdin.end(`${text}\n`);
    };
    // It may end without reading what it is given.
    child.stdin.on('error', () => undefined);
    if (!answer) child.stdin.end(input);
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (answer && !isAnswered) void typeAnswer();
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', (error) => resolve({ status: null, output, errors: error.message }));
    child.on('close', (status, signal) =>
      resolve({ status, output, errors: signal ? `${errors}ended by ${signal}` : errors }),
    );
  });
}
