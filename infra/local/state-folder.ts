import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** The folder that holds all state of one local stack, locked for this process. */
export interface StateFolder {
  /** Absolute. */
  readonly path: string;
  /** Gives the lock back. */
  close(): void;
}

/** Another process holds the state folder. */
export class StateFolderBusyError extends Error {
  override readonly name = 'StateFolderBusyError';
}

export interface StateFolderOptions {
  /** How long to wait for a process that may be ending; after kill -9 the system can take a second or two. */
  readonly waitMilliseconds?: number;
  /** Called once when the lock is not free at once. */
  readonly onWait?: (message: string) => void;
}

const PAUSE_MILLISECONDS = 100;

/**
 * Makes the folder if needed, and locks it until `close` or the end of the process, however it ends: the lock is SQLite's
 * own on `lock.sqlite`, which the system drops with the process. The file `pid` only feeds the message to a second copy.
 * @throws StateFolderBusyError naming the holder's pid when the lock does not come free in time (10 s unless told)
 */
export async function openStateFolder(folder: string, options: StateFolderOptions = {}): Promise<StateFolder> {
  const path = resolve(folder);
  // Secrets and uploaded bytes live here: nobody else's business.
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const pidFile = join(path, 'pid');
  const endsAt = performance.now() + (options.waitMilliseconds ?? 10_000);
  let hasWaited = false;
  for (;;) {
    const lock = tryLock(join(path, 'lock.sqlite'));
    if (lock) {
      writeFileSync(pidFile, `${process.pid}\n`);
      return {
        path,
        close() {
          rmSync(pidFile, { force: true });
          lock.close();
        },
      };
    }
    const holder = `${path} is in use by ${describeHolder(pidFile)}`;
    if (performance.now() >= endsAt) {
      throw new StateFolderBusyError(`${holder}; stop it, or start with another STATE_DIR`);
    }
    if (!hasWaited) options.onWait?.(holder);
    hasWaited = true;
    await sleep(PAUSE_MILLISECONDS);
  }
}

function tryLock(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    const isBusy = (error as { errcode?: number }).errcode === 5;
    if (isBusy) return undefined;
    throw error;
  }
}

function describeHolder(pidFile: string): string {
  try {
    const pid = readFileSync(pidFile, 'utf8').trim();
    return /^\d+$/.test(pid) ? `the process with pid ${pid}` : 'another process';
  } catch {
    return 'another process';
  }
}
