import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FROM_FIRST_FORM, NEW_DATABASE, PRESENT_FORM } from './schema.ts';
import { fillFromWorld } from './seed.ts';
import type { Configuration, DataverseWorld } from './world.ts';

/**
 * Opens `<stateDirectory>/dataverse.sqlite`, fills it from the world if it is new, and brings an older one up to date.
 * Every write is committed when the call that made it returns, so a killed process loses nothing it has answered for.
 */
export function openDatabase(stateDirectory: string, world: DataverseWorld, nowMilliseconds: number): DatabaseSync {
  mkdirSync(stateDirectory, { recursive: true });
  const database = new DatabaseSync(join(stateDirectory, 'dataverse.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
  const isNew = !database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'configuration'`).get();
  if (isNew) {
    inTransaction(database, () => {
      database.exec(NEW_DATABASE.tables);
      fillFromWorld(database, world, nowMilliseconds);
      database.exec(NEW_DATABASE.afterFilling);
    });
  } else if (formOf(database) < PRESENT_FORM) {
    inTransaction(database, () => database.exec(FROM_FIRST_FORM));
  }
  return database;
}

function formOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** Runs the work in one transaction: all of it is kept, or none when it throws. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** The options the database was made with. */
export function readConfiguration(database: DatabaseSync): Configuration {
  const row = database.prepare('SELECT value FROM configuration').get() as { value: string };
  return JSON.parse(row.value) as Configuration;
}
