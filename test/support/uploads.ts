import { PRINCIPAL } from './builders.ts';
import type { RunningStack } from './local-stack.ts';
import { countWork } from './quiet-time.ts';
import { globusControl, logLines, setSpeed, shiftClock, statesOf, transferOf } from './stack-control.ts';
import {
  CURATOR_KEY,
  datasetUrl,
  eventually,
  type GrantedFile,
  type JsonReply,
  listRules,
  postJson,
  postReport,
  RESEARCHER,
  submitTransfer,
} from './upload-client.ts';

/** Who asks or reports, and for which dataset, where it is not the curator for the draft. */
export interface Caller {
  readonly key?: string;
  readonly persistentId?: string;
}

/** Asks for one path for a principal. @throws Error when it is refused */
export async function grantTo(
  stack: RunningStack,
  principal: string = PRINCIPAL,
  { key = CURATOR_KEY, persistentId }: Caller = {},
): Promise<GrantedFile> {
  const url = datasetUrl(stack, 'requestGlobusUploadPaths', persistentId);
  const reply = await postJson(url, { principal, numberOfFiles: 1 }, { 'X-Dataverse-key': key });
  const [granted] = Object.entries<string>(reply.body.data ?? {});
  if (!granted) throw new Error(`the path was refused: ${JSON.stringify(reply.body)}`);
  return { identifier: granted[0], path: granted[1] };
}

/** Reports files as somebody else, or for another dataset, than `reportFiles` does. */
export function reportAs(
  stack: RunningStack,
  { key = CURATOR_KEY, persistentId }: Caller,
  taskIdentifier: string,
  files: readonly (readonly [granted: GrantedFile, fileName: string])[],
): Promise<JsonReply> {
  const entries = files.map(([{ identifier }, fileName]) => ({ storageIdentifier: identifier, fileName }));
  const url = datasetUrl(stack, 'addGlobusFiles', persistentId);
  return postReport(url, { taskIdentifier, files: entries }, { 'X-Dataverse-key': key });
}

/** Submits a task and pauses it before it has copied anything; `resume` lets it go on without limit of speed. */
export async function submitPaused(
  stack: RunningStack,
  pairs: readonly (readonly [source: string, destination: string])[],
  changes: object = {},
  client = RESEARCHER,
): Promise<string> {
  await setSpeed(stack, 1);
  const taskId = await submitTransfer(stack, pairs, changes, client);
  await globusControl(stack, `/tasks/${taskId}/pause`);
  await setSpeed(stack, null);
  return taskId;
}

export async function resume(stack: RunningStack, taskId: string): Promise<void> {
  await globusControl(stack, `/tasks/${taskId}/resume`);
}

/** A quick look at a task is at most this far away. */
const LOOK_SECONDS = 13;
/** Long enough for a look, which reads twice. */
const PATIENCE_MILLISECONDS = 1_200;
/** The task monitor calls each minute. */
const MONITOR_SECONDS = 60;
const SMALL_SHIFTS = 4;
/** For what takes longer, such as a lock call without an answer. */
const LARGE_SHIFT_SECONDS = 150;
/** What comes later than after so many shifts does not come by time alone. */
const MAX_SHIFTS = 12;
/** A large shift would end a step that is at work, over and over; but a sweep each second keeps the log from ever being quiet. */
const MOST_BUSY_ROUNDS = 5;

/** Waits until a condition holds, and moves the clock on each time that it does not hold soon. */
export async function eventuallyInFastTime(
  stack: RunningStack,
  description: string,
  isSo: () => Promise<boolean>,
  firstShiftSeconds = LOOK_SECONDS,
): Promise<void> {
  for (let shifts = 0; shifts < MAX_SHIFTS; shifts++) {
    const isLarge = shifts >= SMALL_SHIFTS;
    for (let rounds = 0; rounds < (isLarge ? MOST_BUSY_ROUNDS : 1); rounds++) {
      const workBefore = await countWork(stack);
      await eventually(description, isSo, PATIENCE_MILLISECONDS).catch(() => undefined);
      if (await isSo()) return;
      if ((await countWork(stack)) === workBefore) break;
    }
    await shiftClock(stack, isLarge ? Math.max(firstShiftSeconds, LARGE_SHIFT_SECONDS) : firstShiftSeconds);
  }
  await eventually(description, isSo);
}

/** The state that a transfer has come to last. */
export async function stateOf(stack: RunningStack, transferId: string): Promise<string | undefined> {
  return (await statesOf(stack, transferId)).at(-1);
}

/** Uploads go to dataset 29, unless they go to the published one. */
function datasetOf(path: string): string | undefined {
  return path.includes('7U7YBV') ? '30' : undefined;
}

async function untilAll(stack: RunningStack, state: string, transferIds: readonly string[], firstShift: number) {
  for (const id of transferIds) {
    const isThere = async () => (await stateOf(stack, id)) === state;
    await eventuallyInFastTime(stack, `${id} is ${state}`, isThere, firstShift);
  }
}

/** Waits, with time running fast, until the transfers of grants are CLOSED: closing looks again ten seconds after the release. */
export function untilClosed(stack: RunningStack, ...grants: readonly GrantedFile[]): Promise<void> {
  const transferIds = grants.map(({ identifier, path }) => transferOf(identifier, datasetOf(path)));
  return untilAll(stack, 'CLOSED', transferIds, LOOK_SECONDS);
}

/** The same for transfers that are to be EXPIRED, their second look included. Till then they would take a new task for theirs. */
export function untilExpired(stack: RunningStack, ...transferIds: readonly string[]): Promise<void> {
  return untilAll(stack, 'EXPIRED', transferIds, MONITOR_SECONDS);
}

/** The same for transfers whose lease is over while an unreported task lives. */
export function untilObserved(stack: RunningStack, ...transferIds: readonly string[]): Promise<void> {
  return untilAll(stack, 'OBSERVED', transferIds, MONITOR_SECONDS);
}

/** Lets the quick looks at the task of a reported grant pass: from then on its workflow waits for the task monitor's call. */
export async function untilQuickLooksAreOver(stack: RunningStack, { identifier }: GrantedFile): Promise<void> {
  const transferId = transferOf(identifier);
  const steps = async () => {
    const lines = await logLines(stack, 'step');
    return lines.filter((line) => line['transferId'] === transferId).map((line) => line['step']);
  };
  for (;;) {
    const seen = await steps();
    if (seen.includes('await-completion')) return;
    await shiftClock(stack, LOOK_SECONDS);
    await eventually('a look at the task', async () => (await steps()).length > seen.length);
  }
}

/** Ids of the access rules on the collection. */
export async function ruleIds(stack: RunningStack): Promise<readonly string[]> {
  return (await listRules(stack)).map((rule) => rule.id);
}
