import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateFolder, StateFolderBusyError } from '../../infra/local/state-folder.ts';

const MODULE = new URL('../../infra/local/state-folder.ts', import.meta.url).href;
let folder: string;
let holder: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-folder-'));
});
afterEach(async () => {
  if (holder && holder.exitCode === null && holder.signalCode === null) await kill(holder);
  holder = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Another process that holds the folder until it is killed. */
async function holdElsewhere(): Promise<ChildProcess> {
  const script = `
    const { openStateFolder } = await import(${JSON.stringify(MODULE)});
    await openStateFolder(${JSON.stringify(folder)});
    process.stdout.write('held');
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holder = child;
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve);
    child.once('exit', () => reject(new Error('the holder ended early')));
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

describe('state folder', () => {
  it('is made when it is missing, and names this process', async () => {
    const opened = await openStateFolder(join(folder, 'new', 'deep'));

    expect(opened.path).toBe(join(folder, 'new', 'deep'));
    expect(readFileSync(join(opened.path, 'pid'), 'utf8')).toBe(`${process.pid}\n`);
    opened.close();
  });

  it('may exist, and be opened again once closed', async () => {
    (await openStateFolder(folder)).close();
    const again = await openStateFolder(folder, { waitMilliseconds: 0 });

    again.close();

    expect(existsSync(join(folder, 'pid'))).toBe(false);
  });

  it('refuses a second copy and names the pid of the first', async () => {
    const child = await holdElsewhere();
    const waits: string[] = [];

    // Long enough for a second try also where the first is slow.
    const opening = openStateFolder(folder, { waitMilliseconds: 1_000, onWait: (message) => waits.push(message) });

    await expect(opening).rejects.toThrow(StateFolderBusyError);
    await expect(opening).rejects.toThrow(new RegExp(`pid ${child.pid}\\b.*STATE_DIR`));
    expect(waits).toEqual([expect.stringContaining(`pid ${child.pid}`)]);
  });

  it('refuses a second copy in the same process', async () => {
    const first = await openStateFolder(folder);

    await expect(openStateFolder(folder, { waitMilliseconds: 0 })).rejects.toThrow(`pid ${process.pid}`);

    first.close();
  });

  it('comes free when its holder is killed', async () => {
    const child = await holdElsewhere();
    await kill(child);

    const opened = await openStateFolder(folder);

    expect(readFileSync(join(folder, 'pid'), 'utf8')).toBe(`${process.pid}\n`);
    opened.close();
  });

  it('waits for a holder that is about to end', async () => {
    const child = await holdElsewhere();

    let killed: Promise<void> | undefined;
    const opening = openStateFolder(folder, {
      onWait: () => {
        killed = kill(child);
      },
    });

    (await opening).close();
    // The lock comes free before this process hears of the other's end.
    await killed;
    expect(child.signalCode).toBe('SIGKILL');
  });

  it.each(['999999\n', `${process.ppid}\n`, '', 'nonsense'])('does not mind a stale pid file: %j', async (content) => {
    writeFileSync(join(folder, 'pid'), content);

    const opened = await openStateFolder(folder, { waitMilliseconds: 0 });

    opened.close();
  });
});
