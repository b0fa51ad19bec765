import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fillFromWorld } from './seed.ts';
import type { Configuration, DataverseWorld } from './world.ts';

const SCHEMA = `
CREATE TABLE configuration (value TEXT NOT NULL);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE users (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, firstName TEXT NOT NULL, lastName TEXT NOT NULL, email TEXT NOT NULL,
  affiliation TEXT, apiToken TEXT UNIQUE, tokenExpiresAtMilliseconds INTEGER, tokenDisabled INTEGER NOT NULL DEFAULT 0,
  superuser INTEGER NOT NULL DEFAULT 0, deactivated INTEGER NOT NULL DEFAULT 0, createdAtMilliseconds INTEGER NOT NULL);
CREATE TABLE datasets (
  id INTEGER PRIMARY KEY, title TEXT NOT NULL, protocol TEXT NOT NULL, authority TEXT NOT NULL, identifier TEXT NOT NULL,
  storeId TEXT NOT NULL, createdAtMilliseconds INTEGER NOT NULL, UNIQUE (protocol, authority, identifier));
CREATE TABLE roles (
  datasetId INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE, userName TEXT NOT NULL, permission TEXT NOT NULL,
  PRIMARY KEY (datasetId, userName, permission));
CREATE TABLE versions (
  id INTEGER PRIMARY KEY, datasetId INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE, state TEXT NOT NULL,
  major INTEGER, minor INTEGER, createdAtMilliseconds INTEGER NOT NULL, updatedAtMilliseconds INTEGER NOT NULL);
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT, datasetId INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
  storageIdentifier TEXT NOT NULL CHECK (instr(storageIdentifier, '..') = 0), contentType TEXT NOT NULL,
  sizeBytes INTEGER NOT NULL, checksumType TEXT NOT NULL, checksumValue TEXT NOT NULL, embargo TEXT, retention TEXT,
  createdAtMilliseconds INTEGER NOT NULL, UNIQUE (datasetId, storageIdentifier));
CREATE TABLE fileMetadata (
  versionId INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE, fileId INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
  label TEXT NOT NULL, directoryLabel TEXT, description TEXT NOT NULL, restricted INTEGER NOT NULL, categories TEXT NOT NULL,
  PRIMARY KEY (versionId, fileId));
CREATE INDEX fileMetadataByFile ON fileMetadata (fileId);
CREATE TABLE locks (
  datasetId INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE, lockType TEXT NOT NULL, userName TEXT NOT NULL,
  message TEXT, placedAtMilliseconds INTEGER NOT NULL, PRIMARY KEY (datasetId, lockType));
`;

/**
 * Opens `<stateDirectory>/dataverse.sqlite`, and fills it from the world if it is new.
 * Every write is committed when the call that made it returns, so a killed process loses nothing it has answered for.
 */
export function openDatabase(stateDirectory: string, world: DataverseWorld, nowMilliseconds: number): DatabaseSync {
  mkdirSync(stateDirectory, { recursive: true });
  const database = new DatabaseSync(join(stateDirectory, 'dataverse.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
  const isNew = !database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'configuration'`).get();
  if (isNew) {
    inTransaction(database, () => {
      database.exec(SCHEMA);
      fillFromWorld(database, world, nowMilliseconds);
    });
  }
  return database;
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
