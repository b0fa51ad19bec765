import { join } from 'node:path';
import { awaitTask } from './await-task.ts';
import { waitFor } from './bounded-wait.ts';
import { PUBLISHED_PID, READER_KEY, RESEARCHER, SOURCE_COLLECTION_ID } from './cast.ts';
import { type ListedFile, listFiles } from './dataverse-client.ts';
import { DemoFailure } from './demo-failure.ts';
import { askDownloadParameters, type DownloadInvitation, reportDownload, requestDownload } from './download-client.ts';
import type { SettledUpload, UploadScene } from './managed-upload.ts';
import { sizeText } from './narrator.ts';
import { digestsOfFile } from './source-files.ts';

const FOLDER_ON_COLLECTION = '/demo-download';
const LONGEST_RULE_SECONDS = 60;

/** A file that went from the managed collection to the researcher's own. */
export interface DownloadedFile {
  readonly fileId: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly sourcePath: string;
  readonly destinationPath: string;
}

/** What a download has shown. */
export interface SettledDownload {
  readonly datasetPid: string;
  readonly taskId: string;
  readonly files: readonly DownloadedFile[];
}

type Sessions = Pick<SettledUpload, 'researcher' | 'manager'>;

/** A listed file with the way that it is to go. */
interface WantedFile {
  readonly listed: ListedFile;
  readonly sourcePath: string;
  readonly destinationPath: string;
}

/**
 * A managed download from a published dataset, with the key of somebody who may edit nothing, from the parameters to the end of the access rule.
 * @throws DemoFailure naming the first claim that does not hold
 */
export async function playManagedDownload(scene: UploadScene, sessions: Sessions): Promise<SettledDownload> {
  const { addresses, narrator, signal } = scene;
  narrator.step('They also want the files of a published dataset; the API key of a mere reader does.');
  const order = { apiKey: READER_KEY, persistentId: PUBLISHED_PID };
  const invitation = await askDownloadParameters(addresses.apiUrl, order, signal);
  const wanted = await obtainFiles(scene, invitation, sessions);
  const taskId = await moveFiles(scene, invitation, sessions, wanted);
  const files: DownloadedFile[] = [];
  for (const file of wanted) files.push(await proveFile(scene, invitation, file));
  await awaitRelease(scene, invitation, sessions);
  return { datasetPid: invitation.datasetPid, taskId, files };
}

async function obtainFiles(
  { narrator, signal }: UploadScene,
  invitation: DownloadInvitation,
  { manager }: Sessions,
): Promise<WantedFile[]> {
  const listing = await listFiles(invitation, signal);
  const fileIds = listing.map(({ dataFile }) => dataFile.id);
  const locations = await requestDownload(invitation, { principal: RESEARCHER.id, fileIds }, signal);
  const wanted = listing.map((listed) => ({
    listed,
    sourcePath: pathIn(invitation.collectionId, locations.get(String(listed.dataFile.id))),
    destinationPath: `${FOLDER_ON_COLLECTION}/${listed.label}`,
  }));
  narrator.say(`Dataset ${invitation.datasetPid}, files ${fileIds.join(' and ')}.`);
  for (const { listed, sourcePath } of wanted) {
    narrator.say(`${sourcePath} → ${listed.label}  ${sizeText(listed.dataFile.filesize)}`);
  }
  const rule = (await manager.listRules(invitation.collectionId)).find(({ principal }) => principal === RESEARCHER.id);
  narrator.check(
    `an access rule lets them read, and only read, below ${rule?.path ?? 'the dataset'}`,
    rule?.permissions === 'r' && wanted.every(({ sourcePath }) => sourcePath.startsWith(rule.path)),
  );
  return wanted;
}

async function moveFiles(
  scene: UploadScene,
  invitation: DownloadInvitation,
  { researcher }: Sessions,
  wanted: readonly WantedFile[],
): Promise<string> {
  const { narrator, signal } = scene;
  const taskId = await researcher.submitTransfer({
    sourceCollectionId: invitation.collectionId,
    destinationCollectionId: SOURCE_COLLECTION_ID,
    label: `Download from ${invitation.datasetPid.replaceAll(/[^\w ]/g, ' ')}`,
    pairs: wanted,
  });
  await reportDownload(invitation, taskId, signal);
  narrator.say(`They start Globus task ${taskId}, and report it.`);
  const totalBytes = wanted.reduce((sum, { listed }) => sum + listed.dataFile.filesize, 0);
  const task = await awaitTask(scene, researcher, { taskId, totalBytes });
  narrator.check(`Globus says SUCCEEDED: ${wanted.length} files`, task.files_transferred === wanted.length);
  return taskId;
}

async function proveFile(
  { collectionsDirectory, narrator, signal }: UploadScene,
  { collectionId }: DownloadInvitation,
  { listed, sourcePath, destinationPath }: WantedFile,
): Promise<DownloadedFile> {
  const { id: fileId, filesize: sizeBytes, checksum } = listed.dataFile;
  const original = await digestsOfFile(join(collectionsDirectory, collectionId, sourcePath), signal);
  const copy = await digestsOfFile(join(collectionsDirectory, SOURCE_COLLECTION_ID, destinationPath), signal);
  const isWhole = copy.sha256 === original.sha256 && copy.sizeBytes === sizeBytes;
  narrator.check(`${listed.label}: same bytes as on the managed collection`, isWhole);
  narrator.check(`${listed.label}: the MD5 that Dataverse lists`, copy.md5 === checksum.value);
  return { fileId, name: listed.label, sizeBytes, sha256: copy.sha256, sourcePath, destinationPath };
}

async function awaitRelease(
  { narrator, signal }: UploadScene,
  { collectionId }: DownloadInvitation,
  { manager }: Sessions,
): Promise<void> {
  const order = { what: 'the access rule to be taken back', longestSeconds: LONGEST_RULE_SECONDS, signal };
  await waitFor(order, async () => {
    if ((await manager.listRules(collectionId)).length === 0) return true;
    narrator.showWaiting('the service sees the task end');
    return undefined;
  });
  narrator.check('the access rule is gone', true);
}

/** Of `<collection>/<path>` the path. */
function pathIn(collectionId: string, location: string | undefined): string {
  if (location?.startsWith(`${collectionId}/`)) return location.slice(collectionId.length);
  throw new DemoFailure(`Expected a path on ${collectionId}, got ${location ?? 'none'}.`);
}
