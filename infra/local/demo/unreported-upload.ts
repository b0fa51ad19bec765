import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { secondsSince, waitFor } from './bounded-wait.ts';
import { COLLECTION_MANAGER, CURATOR_KEY, DATASET_PID, RESEARCHER } from './cast.ts';
import { askUploadParameters, listFiles, listLocks, requestPaths } from './dataverse-client.ts';
import { logInToGlobus } from './globus-client.ts';
import type { UploadScene } from './managed-upload.ts';
import { readStatesToTheEnd, transferOf } from './transfer-trail.ts';

const LONGEST_RULE_SECONDS = 40;

/** What became of an upload that nobody reported. */
export interface LapsedUpload {
  /** Since the paths were asked for. */
  readonly ruleSeenAtSeconds: number;
  readonly ruleGoneAtSeconds: number;
  readonly transferStates: readonly string[];
}

/**
 * Asks for paths and then reports nothing: the access rule has to go by itself.
 * @param before - what the upload before this one left, and this one may not change
 * @throws DemoFailure naming the first claim that does not hold
 */
export async function playUnreportedUpload(
  { addresses, collectionsDirectory, narrator, signal }: UploadScene,
  logFile: string,
  before: { readonly files: number; readonly tasks: number },
): Promise<LapsedUpload> {
  const order = { apiKey: CURATOR_KEY, persistentId: DATASET_PID };
  const invitation = await askUploadParameters(addresses.apiUrl, order, signal);
  const { collectionId, datasetId } = invitation;
  const manager = await logInToGlobus(addresses.globusUrl, COLLECTION_MANAGER, signal);

  const startedAt = performance.now();
  const [target] = await requestPaths(invitation, { principal: RESEARCHER.id, numberOfFiles: 1 }, signal);
  const present = await manager.listRules(collectionId);
  const ruleSeenAtSeconds = secondsSince(startedAt);
  const ofResearcher = present.filter(({ principal }) => principal === RESEARCHER.id);
  narrator.check(`the access rule is there after ${ruleSeenAtSeconds} s`, ofResearcher.length === 1);

  const what = 'the access rule to be taken back';
  await waitFor({ what, longestSeconds: LONGEST_RULE_SECONDS, signal }, async () => {
    if ((await manager.listRules(collectionId)).length === 0) return true;
    narrator.showWaiting('nothing is reported, the access rule is still there');
    return undefined;
  });
  const ruleGoneAtSeconds = secondsSince(startedAt);
  narrator.check(`the access rule is gone after ${ruleGoneAtSeconds} s, with nobody asking`, true);

  narrator.say('The service waits 10 s and looks once more, lest a transfer slipped in at the last moment.');
  const transferId = transferOf(datasetId, target?.storageIdentifier ?? '');
  const transferStates = await readStatesToTheEnd(logFile, transferId, signal);
  narrator.say(`States of the transfer in the service's log: ${transferStates.join(' → ')}.`);
  const researcher = await logInToGlobus(addresses.globusUrl, RESEARCHER, signal);
  const [rules, locks, listed, tasks, onDisk] = await Promise.all([
    manager.listRules(collectionId),
    listLocks(addresses.apiUrl, datasetId, signal),
    listFiles(invitation, signal),
    researcher.countTasks(),
    readdir(join(collectionsDirectory, collectionId, dirname(target?.path ?? '/'))),
  ]);
  narrator.check('no access rule came back', rules.length === 0);
  narrator.check('the dataset is not locked', locks.length === 0);
  narrator.check(`it lists the ${before.files} files of before`, listed.length === before.files);
  narrator.check('no file was added to its directory on the collection', onDisk.length === before.files);
  narrator.check('no task was started', tasks === before.tasks);
  return { ruleSeenAtSeconds, ruleGoneAtSeconds, transferStates };
}
