import { type DatasetRecord, persistentIdOf, type VersionRecord } from './dataset-records.ts';
import type { FileRecord } from './file-records.ts';

const FRIENDLY_TYPES: Readonly<Record<string, string>> = {
  'text/plain': 'Plain Text',
  'text/csv': 'Comma Separated Values',
  'application/netcdf': 'Network Common Data Form',
  'application/pdf': 'Adobe PDF',
  'application/zip': 'ZIP Archive',
};

/** A file in the form listings and `GET /api/files/{id}` share (dataverse-api.md 4.3); empty members are absent. */
export function fileJson(file: FileRecord): Record<string, unknown> {
  const { persistentId, publishedAtMilliseconds } = file;
  return {
    description: file.description,
    label: file.label,
    restricted: file.restricted,
    ...(file.directoryLabel === null ? {} : { directoryLabel: file.directoryLabel }),
    version: 1,
    datasetVersionId: file.versionId,
    categories: file.categories,
    dataFile: {
      id: file.id,
      persistentId: persistentId ?? '',
      ...(persistentId === null ? {} : { pidURL: `https://doi.org/${persistentId.replace(/^doi:/, '')}` }),
      filename: file.label,
      contentType: file.contentType,
      friendlyType: FRIENDLY_TYPES[file.contentType] ?? 'Unknown',
      filesize: file.sizeBytes,
      description: file.description,
      storageIdentifier: file.storageIdentifier,
      rootDataFileId: -1,
      ...(file.checksumType === 'MD5' ? { md5: file.checksumValue } : {}),
      checksum: { type: file.checksumType, value: file.checksumValue },
      tabularData: false,
      creationDate: day(file.createdAtMilliseconds),
      ...(publishedAtMilliseconds === null ? {} : { publicationDate: day(publishedAtMilliseconds) }),
      fileAccessRequest: true,
      ...(file.embargo ? { embargo: file.embargo } : {}),
      ...(file.retention ? { retention: file.retention } : {}),
    },
  };
}

/**
 * One version of a dataset (dataverse-api.md 4.3).
 * @param latestState - state of the dataset's newest version, whichever this one is
 */
export function versionJson(
  dataset: DatasetRecord,
  version: VersionRecord,
  latestState: VersionRecord['state'],
  files: readonly Record<string, unknown>[] | undefined,
): Record<string, unknown> {
  const created = instant(version.createdAtMilliseconds);
  return {
    id: version.id,
    datasetId: dataset.id,
    datasetPersistentId: persistentIdOf(dataset),
    storageIdentifier: `file://${dataset.authority}/${dataset.identifier}`,
    ...(version.major === null ? {} : { versionNumber: version.major, versionMinorNumber: version.minor }),
    versionState: version.state,
    latestVersionPublishingState: latestState,
    lastUpdateTime: instant(version.updatedAtMilliseconds),
    ...(version.state === 'RELEASED' ? { releaseTime: instant(version.updatedAtMilliseconds) } : {}),
    createTime: created,
    license: { name: 'CC0 1.0', uri: 'http://creativecommons.org/publicdomain/zero/1.0' },
    fileAccessRequest: true,
    metadataBlocks: {
      citation: {
        displayName: 'Citation Metadata',
        name: 'citation',
        fields: [{ typeName: 'title', multiple: false, typeClass: 'primitive', value: dataset.title }],
      },
    },
    ...(files ? { files } : {}),
  };
}

/** `2026-02-03`, UTC. */
export function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/** `2026-02-03T04:05:06Z`. */
export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
