import { join } from 'node:path';
import { awaitTask } from './await-task.ts';
import { waitFor } from './bounded-wait.ts';
import { COLLECTION_MANAGER, CURATOR_KEY, DATASET_PID, RESEARCHER, SOURCE_COLLECTION_ID } from './cast.ts';
import {
  askUploadParameters,
  listLocks,
  reportUpload,
  requestPaths,
  type UploadInvitation,
} from './dataverse-client.ts';
import { reportOf, type UploadedFile } from './file-proofs.ts';
import { type GlobusSession, logInToGlobus } from './globus-client.ts';
import { type Narrator, sizeText } from './narrator.ts';
import type { StackAddresses } from './own-stack.ts';
import { PLANNED_FILES, type SourceFile, writeSourceFile } from './source-files.ts';

const LONGEST_LOCK_SECONDS = 180;

/** Where the upload takes place. */
export interface UploadScene {
  readonly addresses: StackAddresses;
  /** Holds one directory per collection. */
  readonly collectionsDirectory: string;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

/** An upload that Dataverse has accepted and settled. */
export interface SettledUpload {
  readonly invitation: UploadInvitation;
  readonly files: readonly UploadedFile[];
  readonly taskId: string;
  readonly researcher: GlobusSession;
  readonly manager: GlobusSession;
}

/**
 * A managed upload as the transfer app performs it (clients.md 1), from the researcher's files to the unlocked dataset.
 * @throws DemoFailure with what went wrong
 */
export async function playManagedUpload(scene: UploadScene): Promise<SettledUpload> {
  const sources = await prepareFiles(scene);
  const invitation = await readInvitation(scene);
  const manager = await logInToGlobus(scene.addresses.globusUrl, COLLECTION_MANAGER, scene.signal);
  const files = await obtainPaths(scene, invitation, sources, manager);
  const researcher = await logInToGlobus(scene.addresses.globusUrl, RESEARCHER, scene.signal);
  const taskId = await submitTransfer(scene, invitation, files, researcher);
  await report(scene, invitation, files, taskId);
  await followTask(scene, researcher, taskId, files);
  await awaitUnlock(scene, invitation);
  return { invitation, files, taskId, researcher, manager };
}

async function prepareFiles({ collectionsDirectory, narrator, signal }: UploadScene): Promise<SourceFile[]> {
  narrator.step('The researcher has files on their own computer, which is a Globus collection.');
  const files: SourceFile[] = [];
  for (const planned of PLANNED_FILES) {
    signal.throwIfAborted();
    const file = await writeSourceFile(join(collectionsDirectory, SOURCE_COLLECTION_ID), planned);
    narrator.say(`${planned.path}  ${sizeText(file.sizeBytes)}  SHA-256 ${file.sha256.slice(0, 12)}…`);
    files.push(file);
  }
  return files;
}

async function readInvitation({ addresses, narrator, signal }: UploadScene): Promise<UploadInvitation> {
  narrator.step('They ask Dataverse how to upload to their dataset, with their API key.');
  const order = { apiKey: CURATOR_KEY, persistentId: DATASET_PID };
  const invitation = await askUploadParameters(addresses.apiUrl, order, signal);
  narrator.say(`Dataset ${invitation.datasetPid}, id ${invitation.datasetId}.`);
  narrator.say(`Files go to the Globus collection ${invitation.collectionId}.`);
  narrator.say(`The answer holds signed URLs, good for ${invitation.minutes} minutes; the key is not needed any more.`);
  return invitation;
}

async function obtainPaths(
  { narrator, signal }: UploadScene,
  invitation: UploadInvitation,
  sources: readonly SourceFile[],
  manager: GlobusSession,
): Promise<UploadedFile[]> {
  narrator.step('They ask for a path for each file, and for the right to write there.');
  const order = { principal: RESEARCHER.id, numberOfFiles: sources.length };
  const targets = await requestPaths(invitation, order, signal);
  const files = sources.flatMap((source, index) => {
    const target = targets[index];
    return target ? [{ ...source, ...target }] : [];
  });
  for (const { name, path } of files) narrator.say(`${name} → ${path}`);
  const rules = await manager.listRules(invitation.collectionId);
  const rule = rules.find(({ principal }) => principal === RESEARCHER.id);
  narrator.check(
    `an access rule lets the researcher write below ${rule?.path ?? 'the dataset'}`,
    rule?.permissions === 'rw' && files.every(({ path }) => path.startsWith(rule.path)),
  );
  return files;
}

async function submitTransfer(
  { narrator }: UploadScene,
  invitation: UploadInvitation,
  files: readonly UploadedFile[],
  researcher: GlobusSession,
): Promise<string> {
  narrator.step('They log in at Globus and start one transfer for all files.');
  const taskId = await researcher.submitTransfer({
    sourceCollectionId: SOURCE_COLLECTION_ID,
    destinationCollectionId: invitation.collectionId,
    label: `Upload to ${invitation.datasetPid.replaceAll(/[^\w ]/g, ' ')}`,
    pairs: files.map(({ sourcePath, path }) => ({ sourcePath, destinationPath: path })),
  });
  narrator.say(`Globus works on task ${taskId}.`);
  return taskId;
}

async function report(
  { addresses, narrator, signal }: UploadScene,
  invitation: UploadInvitation,
  files: readonly UploadedFile[],
  taskId: string,
): Promise<void> {
  narrator.step('They tell Dataverse which task it is, and what each file is called and contains.');
  await reportUpload(invitation, taskId, files.map(reportOf), signal);
  narrator.say('Accepted. From here on nothing more is asked of them; they could switch off their computer.');
  const locks = await listLocks(addresses.apiUrl, invitation.datasetId, signal);
  const types = locks.map((lock) => lock.lockType);
  narrator.check(`the dataset is locked while files arrive (${types.join(', ') || 'no lock'})`, types.length > 0);
}

async function followTask(
  scene: UploadScene,
  researcher: GlobusSession,
  taskId: string,
  files: readonly UploadedFile[],
): Promise<void> {
  const { narrator } = scene;
  narrator.step('Globus copies the bytes.');
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const task = await awaitTask(scene, researcher, { taskId, totalBytes });
  narrator.check(`Globus says SUCCEEDED: ${files.length} files`, task.files_transferred === files.length);
}

async function awaitUnlock({ addresses, narrator, signal }: UploadScene, invitation: UploadInvitation): Promise<void> {
  narrator.step('The service takes the access rule back, adds the files to the dataset and unlocks it.');
  const order = { what: 'the dataset to be unlocked', longestSeconds: LONGEST_LOCK_SECONDS, signal };
  await waitFor(order, async () => {
    const locks = await listLocks(addresses.apiUrl, invitation.datasetId, signal);
    if (locks.length === 0) return true;
    narrator.showWaiting(`locked: ${locks.map((lock) => lock.lockType).join(', ')}`);
    return undefined;
  });
  narrator.clear();
  narrator.say('Unlocked.');
}
