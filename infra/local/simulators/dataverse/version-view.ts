import type { DatasetRecord, VersionRecord } from './dataset-records.ts';
import { fileJson, versionJson } from './file-json.ts';
import type { FileRecord } from './file-records.ts';
import type { Installation } from './installation.ts';
import { latestVersion } from './lookups.ts';

/** A version with all its files, or without them (dataverse-api.md 4.3). */
export function describeVersion(
  dataverse: Installation,
  dataset: DatasetRecord,
  version: VersionRecord,
  files: 'with-files' | 'without-files',
): Record<string, unknown> {
  const latestState = latestVersion(dataverse, dataset.id, 'any')?.state ?? version.state;
  const listed = files === 'with-files' ? dataverse.files.inVersion(version.id).map(fileJson) : undefined;
  return versionJson(dataset, version, latestState, listed);
}

/** The version that a view of a file belongs to, without files. */
export function versionOf(dataverse: Installation, view: FileRecord): Record<string, unknown> {
  const dataset = dataverse.datasets.byId(view.datasetId);
  const version = dataverse.datasets.versions(view.datasetId).find((each) => each.id === view.versionId);
  if (!dataset || !version) throw new Error(`file ${view.id} belongs to no version of a dataset`);
  return describeVersion(dataverse, dataset, version, 'without-files');
}
