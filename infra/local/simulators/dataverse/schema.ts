/** The tables as the first databases had them; a database that says nothing about its form is of this one. */
const FIRST_TABLES = `
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

/** From the first form to the second: other ways to be known, ids of files, and a quota that is used up. */
const SECOND_TABLES = `
CREATE TABLE bearerTokens (token TEXT PRIMARY KEY, userName TEXT);
CREATE TABLE privateUrls (
  datasetId INTEGER PRIMARY KEY REFERENCES datasets ON DELETE CASCADE, token TEXT NOT NULL UNIQUE,
  anonymized INTEGER NOT NULL);
CREATE TABLE fileDownloaders (
  fileId INTEGER NOT NULL REFERENCES files ON DELETE CASCADE, userName TEXT NOT NULL, PRIMARY KEY (fileId, userName));
CREATE TABLE quota (allocatedBytes INTEGER NOT NULL);
ALTER TABLE files ADD COLUMN persistentId TEXT;
ALTER TABLE files ADD COLUMN publishedAtMilliseconds INTEGER;
CREATE UNIQUE INDEX filesByPersistentId ON files (persistentId);
PRAGMA user_version = 2;
`;

/**
 * What follows from the rest, for a database that was just filled or brought into the second form: when a file was published,
 * and the quota whose remainder the installation began with.
 */
const DERIVED_VALUES = `
UPDATE files SET publishedAtMilliseconds =
  (SELECT min(versions.updatedAtMilliseconds) FROM fileMetadata JOIN versions ON versions.id = versionId
   WHERE fileId = files.id AND state = 'RELEASED');
INSERT INTO quota
  SELECT json_extract(value, '$.quota.remainingBytes') + (SELECT coalesce(sum(max(sizeBytes, 0)), 0) FROM files)
  FROM configuration WHERE json_extract(value, '$.quota.remainingBytes') IS NOT NULL;
`;

/** Statements around the filling of a new database. */
export const NEW_DATABASE = { tables: FIRST_TABLES + SECOND_TABLES, afterFilling: DERIVED_VALUES } as const;

/** Statements that bring a database of the first form into the present one. */
export const FROM_FIRST_FORM = SECOND_TABLES + DERIVED_VALUES;

/** `PRAGMA user_version` of the present form. */
export const PRESENT_FORM = 2;
