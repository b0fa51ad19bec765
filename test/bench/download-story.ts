import { COLLECTION, PRINCIPAL, SOURCE_COLLECTION } from '../support/builders.ts';
import type { RunningStack } from '../support/local-stack.ts';
import { stepRuns, untilComesTo } from '../support/quiet-time.ts';
import { dataverseControl, logLines, setSpeed, statesOf } from '../support/stack-control.ts';
import { call, eventually, type JsonReply, postJson, submit } from '../support/upload-client.ts';

/** Of the fixture's published dataset; 178 bytes together. */
const DATASET_ID = 30;
const FILE_IDS = [60, 61];
/** The first look, two seconds after the report, finds the task alive, the next one ended. */
const BYTES_PER_SECOND = 60;

/**
 * Plays a download from Dataverse's page to its close, by the URLs that the answers name. Its task ends in real time, so that the looks at it
 * are those of any short download.
 * @param folder - where the files go, on the researcher's own collection
 */
export async function download(stack: RunningStack, folder: string): Promise<void> {
  await setSpeed(stack, BYTES_PER_SECOND);
  const parameters = accepted(await call(await launch(stack)));
  const urlOf = (operation: string): string =>
    parameters.body.data.signedUrls.find(({ name }: { name: string }) => name === operation).signedUrl;
  const order = { principal: PRINCIPAL, fileIds: FILE_IDS };
  const locations = accepted(await postJson(urlOf('requestGlobusDownload'), order)).body.data;
  const transferId = await latestTransferOf(stack);
  await eventually('the report is awaited', async () => (await stepRuns(stack, transferId, 'await-report')) > 0);
  const taskIdentifier = await fetchFiles(stack, locations, folder);
  accepted(await postJson(urlOf('monitorGlobusDownload'), { taskIdentifier }));
  const isSettling = async () => (await statesOf(stack, transferId)).includes('SETTLING');
  await eventually('the download settles', isSettling);
  await untilComesTo(stack, transferId, 'CLOSED');
}

/** @returns what the page has the app ask for, which it is given as Base64 */
async function launch(stack: RunningStack): Promise<string> {
  const order = { direction: 'download', datasetId: DATASET_ID, user: 'reader', fileIds: FILE_IDS };
  const reply = await dataverseControl(stack, '/launches', order);
  return Buffer.from(reply.body.callback, 'base64').toString('utf8');
}

function accepted(reply: JsonReply): JsonReply {
  if (reply.status !== 200) throw new Error(`a download was refused: ${JSON.stringify(reply.body)}`);
  return reply;
}

/** Clients are told no transfer id; the log is. */
async function latestTransferOf(stack: RunningStack): Promise<string> {
  const changes = await logLines(stack, 'transfer-state');
  const latest = changes.findLast((line) => line['transferId']?.toString().startsWith(`${DATASET_ID}-`));
  if (!latest) throw new Error('the log has no download');
  return String(latest['transferId']);
}

/** @param locations - `collection/path` of each file, by its id */
function fetchFiles(stack: RunningStack, locations: Record<string, string>, folder: string): Promise<string> {
  const DATA = Object.entries(locations).map(([fileId, location]) => ({
    DATA_TYPE: 'transfer_item',
    source_path: location.slice(COLLECTION.length),
    destination_path: `${folder}/${fileId}`,
    recursive: false,
  }));
  return submit(stack, 'transfer', { source_endpoint: COLLECTION, destination_endpoint: SOURCE_COLLECTION, DATA });
}
