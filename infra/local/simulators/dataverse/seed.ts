import type { DatabaseSync } from 'node:sqlite';
import { insertRow } from './insert-row.ts';
import type { Configuration, DataverseWorld, WorldDataset, WorldFile } from './world.ts';

/** Writes a world into empty tables; all its records carry the given time. */
export function fillFromWorld(database: DatabaseSync, world: DataverseWorld, nowMilliseconds: number): void {
  const { settings, users, datasets, ...configuration } = world;
  insertRow(database, 'configuration', { value: JSON.stringify(configuration satisfies Configuration) });
  for (const [name, value] of Object.entries(settings)) insertRow(database, 'settings', { name, value });
  for (const { superuser = false, bearerToken, ...user } of users) {
    insertRow(database, 'users', { ...user, superuser: superuser ? 1 : 0, createdAtMilliseconds: nowMilliseconds });
    if (bearerToken !== undefined) insertRow(database, 'bearerTokens', { token: bearerToken, userName: user.name });
  }
  for (const dataset of datasets) fillDataset(database, dataset, nowMilliseconds);
}

function fillDataset(database: DatabaseSync, world: WorldDataset, now: number): void {
  const { versions, roles, ...dataset } = world;
  insertRow(database, 'datasets', { ...dataset, createdAtMilliseconds: now });
  for (const [userName, permissions] of Object.entries(roles)) {
    for (const permission of permissions) insertRow(database, 'roles', { datasetId: world.id, userName, permission });
  }
  for (const { state, number, files } of versions) {
    const versionId = insertRow(database, 'versions', {
      datasetId: world.id,
      state,
      major: number?.[0] ?? null,
      minor: number?.[1] ?? null,
      createdAtMilliseconds: now,
      updatedAtMilliseconds: now,
    });
    for (const file of files) fillFile(database, world.id, versionId, file, now);
  }
}

function fillFile(database: DatabaseSync, datasetId: number, versionId: number, file: WorldFile, now: number): void {
  // A file may be in several versions; what it is stands once, what a version says about it each time.
  const isKnown = database.prepare('SELECT 1 FROM files WHERE id = ?').get(file.id) !== undefined;
  if (!isKnown) {
    insertRow(database, 'files', {
      id: file.id,
      datasetId,
      persistentId: file.persistentId,
      storageIdentifier: file.storageIdentifier,
      contentType: file.contentType,
      sizeBytes: file.sizeBytes,
      checksumType: file.checksum.type,
      checksumValue: file.checksum.value,
      embargo: file.embargo && JSON.stringify(file.embargo),
      retention: file.retention && JSON.stringify(file.retention),
      createdAtMilliseconds: now,
    });
  }
  insertRow(database, 'fileMetadata', {
    versionId,
    fileId: file.id,
    label: file.label,
    directoryLabel: file.directoryLabel,
    description: file.description ?? '',
    restricted: file.restricted ? 1 : 0,
    categories: JSON.stringify(file.categories ?? []),
  });
}
