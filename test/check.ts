/**
 * `npm run check`: typecheck, lint, tests, synthesis and the demo, one after the other, and at the end one line with what came out.
 * Every step runs also when an earlier one failed, so that one look shows all that is wrong.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const folder = mkdtempSync(join(tmpdir(), 'check-'));
const results = join(folder, 'tests.json');
const total: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Runs one of package.json's scripts with its output shown as it comes. @returns its exit status */
function run(script: string, ...args: string[]): Promise<number> {
  process.stdout.write(`\n== npm run ${script}\n`);
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', script, '--', ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', () => resolve(1));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function add(counts: Partial<Counts>): void {
  total.passed += counts.passed ?? 0;
  total.failed += counts.failed ?? 0;
  total.skipped += counts.skipped ?? 0;
}

/** Counts of the test run; a run that wrote none has failed as a whole. */
function testCounts(status: number): Counts {
  try {
    const report = JSON.parse(readFileSync(results, 'utf8'));
    const failed = report.numFailedTests + (status !== 0 && report.numFailedTests === 0 ? 1 : 0);
    return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

for (const script of ['typecheck', 'lint']) add((await run(script)) === 0 ? { passed: 1 } : { failed: 1 });
add(testCounts(await run('test', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`)));
for (const script of ['synth', 'demo']) add((await run(script)) === 0 ? { passed: 1 } : { failed: 1 });
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
