import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COLLECTION, SOURCE_COLLECTION } from './builders.ts';
import { ask, CURATOR, READER } from './checks-of-dataverse.ts';
import type { RunningStack } from './local-stack.ts';
import { globusControl, setSpeed } from './stack-control.ts';
import { CURATORS_DATASET, nameOnCollection, READERS_DATASET } from './stack-with-more-datasets.ts';
import { type GlobusClient, RESEARCHER, SECOND_RESEARCHER, submit } from './upload-client.ts';

/** Somebody with a dataset, and what is under way there. */
export interface Party {
  readonly name: string;
  readonly key: Record<string, string>;
  readonly dataset: typeof CURATORS_DATASET | typeof READERS_DATASET;
  readonly client: GlobusClient;
  readonly ownCollection: string;
  readonly source: string;
  identifier: string;
  uploadTask: string;
  downloadTask: string;
}

const curator: Party = {
  name: 'curator',
  key: CURATOR,
  dataset: CURATORS_DATASET,
  client: RESEARCHER,
  ownCollection: SOURCE_COLLECTION,
  source: '/crossed/a.txt',
  ...{ identifier: '', uploadTask: '', downloadTask: '' },
};
const reader: Party = {
  name: 'reader',
  key: READER,
  dataset: READERS_DATASET,
  client: SECOND_RESEARCHER,
  ownCollection: '3e90d018-0d05-461a-bbaf-aab605283d21',
  source: '/archive/u-aa001/19900101T0000Z/aa001a.da19900201_00',
  ...{ identifier: '', uploadTask: '', downloadTask: '' },
};
export const PARTIES = [curator, reader];

/** Asks for an upload and a download, and has the tasks of both at work, unreported. */
export async function begin(stack: RunningStack, party: Party): Promise<void> {
  const { key, dataset, client, ownCollection, source } = party;
  const { datasetId, identifier, fileId } = dataset;
  const at = { as: key, dataset: datasetId };
  const json = { principal: client.id, numberOfFiles: 1 };
  const granted = await ask(stack.apiUrl, 'requestGlobusUploadPaths', { ...at, json });
  const [[minted, path] = ['', '']] = Object.entries<string>(granted.body.data);
  const directory = `/hdc1/10.5072/${identifier}`;
  const folder = join(stack.stateDirectory, 'globus', 'collections', COLLECTION, directory);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, nameOnCollection(fileId)), 'b'.repeat(600));
  const order = { principal: client.id, fileIds: [fileId] };
  const download = await ask(stack.apiUrl, 'requestGlobusDownload', { ...at, json: order });
  if (download.status !== 200) throw new Error(`the download was refused: ${JSON.stringify(download.body)}`);

  party.identifier = minted;
  party.uploadTask = await paused(stack, client, ownCollection, source, COLLECTION, path);
  const stored = `${directory}/${nameOnCollection(fileId)}`;
  party.downloadTask = await paused(stack, client, COLLECTION, stored, ownCollection, `/fetched/${fileId}`);
}

async function paused(
  stack: RunningStack,
  client: GlobusClient,
  from: string,
  source_path: string,
  to: string,
  destination_path: string,
) {
  // At one byte a second no task is done before it is paused.
  await setSpeed(stack, 1);
  const DATA = [{ DATA_TYPE: 'transfer_item', source_path, destination_path, recursive: false }];
  const task = await submit(stack, 'transfer', { source_endpoint: from, destination_endpoint: to, DATA }, client);
  await globusControl(stack, `/tasks/${task}/pause`);
  return task;
}
