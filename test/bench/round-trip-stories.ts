import type { RecordedCall } from '../support/call-recorder.ts';
import type { RunningStack } from '../support/local-stack.ts';
import { letLeaseEnd, untilComesTo, untilReportIsAwaited } from '../support/quiet-time.ts';
import { setSpeed, shiftClock, transferOf, untilState } from '../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  eventually,
  type GrantedFile,
  grantOne,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';
import { untilClosed, untilExpired, untilQuickLooksAreOver } from '../support/uploads.ts';
import { download } from './download-story.ts';

/** A course of events, with all that the functions called meanwhile. */
export interface ToldStory {
  readonly name: string;
  readonly calls: readonly RecordedCall[];
  /** Functions that ran and called nobody. */
  readonly silent: readonly string[];
}

/** What is noted while stories are played; both grow. */
export interface Recording {
  readonly calls: readonly RecordedCall[];
  /** The function of each run that is over. */
  readonly ended: readonly string[];
}

/** Of the recorded stack. */
export const LEASE_SECONDS = 300;
export const SWEEP_SECONDS = 3_600;

const SOURCE = '/bench.dat';
const BYTES = 4_000;
/** The first look, two seconds after the report, finds the task alive, the next one ended. */
const BYTES_PER_SECOND = 1_300;

/** Stories of a kind: the first finds functions new, and the second one, told right after it, none. */
export const PAIRS: readonly (readonly [first: string, second: string])[] = [
  ['first upload', 'second upload'],
  ['first download', 'second download'],
];

/** Plays transfers one after the other; of each, what was called. */
export async function tellStories(stack: RunningStack, recording: Recording): Promise<readonly ToldStory[]> {
  await putSourceFile(stack, SOURCE, 'x'.repeat(BYTES));
  await setSpeed(stack, BYTES_PER_SECOND);
  const stories: ToldStory[] = [];
  const tell = async (name: string, play: (hasRun: (functionName: string) => boolean) => Promise<void>) => {
    const { length: callsBefore } = recording.calls;
    const { length: endedBefore } = recording.ended;
    const endedSince = () => recording.ended.slice(endedBefore);
    await play((functionName) => endedSince().includes(functionName));
    const calls = recording.calls.slice(callsBefore);
    const callers = new Set(calls.map(({ functionName }) => functionName));
    stories.push({ name, calls, silent: [...new Set(endedSince())].filter((name) => !callers.has(name)) });
  };
  await tell('first upload', () => upload(stack, 'first.dat'));
  await tell('second upload', () => upload(stack, 'second.dat'));
  await tell('first download', () => download(stack, '/first'));
  await tell('second download', () => download(stack, '/second'));
  await tell('longer upload', () => longUpload(stack));
  await tell('unreported grant', () => unreported(stack));
  await tell('sweep after that', async (hasRun) => {
    await shiftClock(stack, SWEEP_SECONDS);
    await eventually('a sweep', async () => hasRun('sweep'));
  });
  await tell('other path', async () => void (await call(`${stack.apiUrl}/api/globus/nothing`)));
  return stories;
}

async function begin(stack: RunningStack, fileName: string): Promise<GrantedFile> {
  const key = { 'X-Dataverse-key': CURATOR_KEY };
  const parameters = await call(`${datasetUrl(stack, 'globusUploadParameters')}&locale=en`, { headers: key });
  if (parameters.status !== 200) throw new Error(`globusUploadParameters answered ${parameters.status}`);
  const granted = await grantOne(stack);
  await untilReportIsAwaited(stack, granted);
  const taskId = await submitTransfer(stack, [[SOURCE, granted.path]]);
  const reply = await reportFiles(stack, taskId, [[granted, fileName]]);
  if (reply.status !== 200) throw new Error(`addGlobusFiles answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return granted;
}

/** Its task ends in real time, so that the looks at it are those of any short upload. */
async function upload(stack: RunningStack, fileName: string): Promise<void> {
  const { identifier } = await begin(stack, fileName);
  await untilState(stack, identifier, 'SETTLING');
  await untilComesTo(stack, transferOf(identifier), 'CLOSED');
}

async function longUpload(stack: RunningStack): Promise<void> {
  await setSpeed(stack, 1);
  const granted = await begin(stack, 'long.dat');
  await untilQuickLooksAreOver(stack, granted);
  await setSpeed(stack, null);
  await untilClosed(stack, granted);
}

async function unreported(stack: RunningStack): Promise<void> {
  const granted = await grantOne(stack);
  await letLeaseEnd(stack, granted, LEASE_SECONDS);
  await untilExpired(stack, transferOf(granted.identifier));
}
