import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import * as z from 'zod/mini';
import { secondsSince } from './bounded-wait.ts';
import type { ProvenFile } from './file-proofs.ts';
import { callJson } from './http-json.ts';
import { playManagedDownload, type SettledDownload } from './managed-download.ts';
import { playManagedUpload, type UploadScene } from './managed-upload.ts';
import type { Narrator } from './narrator.ts';
import { type OwnStack, type StackAddresses, withOwnStack } from './own-stack.ts';
import { type AddedReference, playReference } from './remote-reference.ts';
import { readStatesToTheEnd, transferOf } from './transfer-trail.ts';
import { playUnreportedUpload } from './unreported-upload.ts';
import { proveUpload } from './upload-proofs.ts';

/** Slow enough for the progress to be seen, and fast enough not to be waited for. */
const BYTES_PER_SECOND = 24_000_000;
/** No report comes later than this, however slow the machine. */
const LONG_LEASE_SECONDS = 300;
const SHORT_LEASE_SECONDS = 5;

export interface DemoOrder {
  readonly stateDirectory: string;
  /** A fault for the Globus simulator, as `POST /_control/faults` takes it. */
  readonly globusFault: string | undefined;
}

/** What a demo that went well has shown. */
export interface DemoResult {
  readonly ok: true;
  readonly seconds: number;
  readonly datasetPid: string;
  readonly datasetId: string;
  readonly taskId: string;
  readonly transferId: string;
  /** From the service's log, oldest first. */
  readonly transferStates: readonly string[];
  readonly files: readonly ProvenFile[];
  readonly download: SettledDownload;
  readonly reference: AddedReference;
  readonly leaseSeconds: number;
  /** Since the paths of the unreported upload were asked for. */
  readonly ruleSeenAtSeconds: number;
  readonly ruleGoneAtSeconds: number;
  readonly unreportedTransferStates: readonly string[];
  /** Of the stack that all but the unreported upload runs on, and of that one's. */
  readonly addresses: readonly StackAddresses[];
}

/**
 * Plays an upload, a download and a reference on one stack, and an upload that nobody reports on another over the same state folder.
 * @throws DemoFailure with what went wrong, or the signal's reason
 */
export async function runDemo(order: DemoOrder, narrator: Narrator, signal: AbortSignal): Promise<DemoResult> {
  const startedAt = performance.now();
  const { stateDirectory, globusFault } = order;
  const collectionsDirectory = join(stateDirectory, 'globus', 'collections');
  const sceneOn = ({ addresses }: OwnStack, stackSignal: AbortSignal): UploadScene => {
    const { apiUrl, globusUrl, dataverseUrl } = addresses;
    narrator.say(`It listens here: API and site ${apiUrl}, Globus ${globusUrl}, Dataverse ${dataverseUrl}.`);
    return { addresses, collectionsDirectory, narrator, signal: stackSignal };
  };

  narrator.step('The whole product starts on this machine, with stand-ins for Globus and Dataverse.');
  const longLease = { stateDirectory, leaseSeconds: LONG_LEASE_SECONDS, bytesPerSecond: BYTES_PER_SECOND };
  const first = await withOwnStack(longLease, signal, async (stack, stackSignal) => {
    const scene = sceneOn(stack, stackSignal);
    if (globusFault !== undefined) await addFault(stack.addresses.globusUrl, globusFault, stackSignal);
    const upload = await playManagedUpload(scene);
    const files = await proveUpload(scene, upload);
    const download = await playManagedDownload(scene, upload);
    const reference = await playReference(scene, upload);
    narrator.step('Is the upload really over?');
    narrator.say('Ten seconds after it took the rule the service looks once more, lest a second transfer slipped in.');
    const { datasetId, datasetPid } = upload.invitation;
    const transferId = transferOf(datasetId, files[0]?.storageIdentifier ?? '');
    const transferStates = await readStatesToTheEnd(stack.logFile, transferId, stackSignal);
    narrator.say(`States of the transfer in the service's log: ${transferStates.join(' → ')}.`);
    const tasks = await upload.researcher.countTasks();
    const shown = {
      datasetPid,
      datasetId,
      taskId: upload.taskId,
      transferId,
      transferStates,
      files,
      download,
      reference,
    };
    return { addresses: stack.addresses, tasks, shown };
  });

  narrator.step('And if someone asks for paths and then vanishes?');
  narrator.say(
    `The product starts again on the same data, and now waits ${SHORT_LEASE_SECONDS} s for a report instead of ${LONG_LEASE_SECONDS}.`,
  );
  const shortLease = { stateDirectory, leaseSeconds: SHORT_LEASE_SECONDS };
  const second = await withOwnStack(shortLease, signal, async (stack, stackSignal) => {
    const before = { files: first.shown.files.length, tasks: first.tasks };
    const lapsed = await playUnreportedUpload(sceneOn(stack, stackSignal), stack.logFile, before);
    return { addresses: stack.addresses, lapsed };
  });

  const seconds = secondsSince(startedAt);
  narrator.say('');
  narrator.say(`All of this held. It took ${seconds} s.`);
  return {
    ok: true,
    seconds,
    ...first.shown,
    leaseSeconds: SHORT_LEASE_SECONDS,
    ruleSeenAtSeconds: second.lapsed.ruleSeenAtSeconds,
    ruleGoneAtSeconds: second.lapsed.ruleGoneAtSeconds,
    unreportedTransferStates: second.lapsed.transferStates,
    addresses: [first.addresses, second.addresses],
  };
}

async function addFault(globusUrl: string, fault: string, signal: AbortSignal): Promise<void> {
  const url = `${globusUrl}/_control/faults`;
  await callJson(z.unknown(), { purpose: 'add the fault', url, method: 'POST', body: fault, signal });
}
