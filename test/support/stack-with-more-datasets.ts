import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLocalSettings } from '../../infra/local/settings.ts';
import { FIXTURE_WORLD } from '../../infra/local/simulators/dataverse/fixture.ts';
import { startDataverseSimulator } from '../../infra/local/simulators/dataverse/start.ts';
import type { WorldDataset, WorldFile } from '../../infra/local/simulators/dataverse/world.ts';
import { CURATOR_PERMISSIONS } from '../../infra/local/simulators/dataverse/world.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';
import { loadStackParts } from '../../infra/local/stack-parts.ts';

/** Datasets beside those of the local run's fixture, for checks that it has no case of. */
export const WITHOUT_GLOBUS = 33;
/** Draft in the managed store, with one ordinary file and one package file. */
export const WITH_PACKAGE = 34;
export const DRAFT_FILE = 62;

/** Drafts in the managed store, each with one file, and an editor each who may do nothing with the other's. */
export const CURATORS_DATASET = { datasetId: 35, identifier: 'FK2/CURATR', fileId: 64 } as const;
export const READERS_DATASET = { datasetId: 36, identifier: 'FK2/READRS', fileId: 65 } as const;

/** Name of a file's bytes in the directory of its dataset. */
export function nameOnCollection(fileId: number): string {
  return `18bf3af9c78-0000000000${fileId}`;
}

export interface StackWithMoreDatasets extends LocalStack {
  remove(): Promise<void>;
}

/** A local stack in the process of the test, whose Dataverse has some datasets more. */
export async function startStackWithMoreDatasets(
  environment: Readonly<Record<string, string>> = {},
): Promise<StackWithMoreDatasets> {
  const folder = await mkdtemp(join(tmpdir(), 'stack-'));
  const anyPorts = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' };
  const world = { ...FIXTURE_WORLD, datasets: [...FIXTURE_WORLD.datasets, ...MORE_DATASETS] };
  const parts = await loadStackParts();
  const local = await startLocalStack(parseLocalSettings({ ...anyPorts, STATE_DIR: folder, ...environment }), {
    parts: { ...parts, startDataverse: (options) => startDataverseSimulator({ ...options, world }) },
  });
  return {
    ...local,
    async remove() {
      await local.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const MORE_DATASETS: readonly WorldDataset[] = [
  draft(WITHOUT_GLOBUS, 'FK2/NOGLOB', 'file', []),
  draft(WITH_PACKAGE, 'FK2/PACKGE', 'globusm', [
    aFile(DRAFT_FILE, 'draft.txt', 'text/plain'),
    aFile(63, 'package.zip', 'application/vnd.dataverse.file-package'),
  ]),
  aDatasetOf('curator', CURATORS_DATASET),
  aDatasetOf('reader', READERS_DATASET),
];

function aDatasetOf(
  editor: string,
  { datasetId, identifier, fileId }: typeof CURATORS_DATASET | typeof READERS_DATASET,
) {
  const files = [aFile(fileId, `of-${editor}.txt`, 'text/plain')];
  return { ...draft(datasetId, identifier, 'globusm', files), roles: { [editor]: CURATOR_PERMISSIONS } };
}

function draft(id: number, identifier: string, storeId: string, files: readonly WorldFile[]): WorldDataset {
  return {
    id,
    title: identifier,
    protocol: 'doi',
    authority: '10.5072',
    identifier,
    storeId,
    versions: [{ state: 'DRAFT', files }],
    roles: { curator: CURATOR_PERMISSIONS },
  };
}

function aFile(id: number, label: string, contentType: string): WorldFile {
  return {
    id,
    label,
    storageIdentifier: `globusm://${nameOnCollection(id)}`,
    contentType,
    sizeBytes: 1,
    checksum: { type: 'MD5', value: '0cc175b9c0f1b6a831c399e269772661' },
  };
}
