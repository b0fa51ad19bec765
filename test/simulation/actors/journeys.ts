import { isFinal } from '../../../functions/domain/transfer.ts';
import type { Submission } from '../fakes/simulated-globus.ts';
import { rowOf } from '../invariants/truth.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DIRECTORIES, type Person, PUBLISHED_FILES } from '../machinery/site.ts';
import { type Reply, type Request, send } from './client.ts';

/** What a client was given to upload to, identifier by identifier. */
export interface Granted {
  readonly datasetId: string;
  readonly transferId: string;
  readonly entries: readonly (readonly [identifier: string, path: string])[];
}

/** Real clients try again a few times when there was no answer, or when they were asked to come back. */
export interface Patience {
  readonly tries: number;
}

const PATIENT: Patience = { tries: 6 };

/** Sends a request until it is answered for good. */
export async function sendPatiently(
  sim: Simulation,
  person: Pick<Person, 'key' | 'userName'> | undefined,
  request: Request,
  { tries }: Patience = PATIENT,
): Promise<Reply> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await send(sim, person, request);
    const mayComeBack = reply.status === 0 || reply.status >= 500;
    if (!mayComeBack || attempt >= tries) return reply;
    await sim.sleep(Math.min(60, reply.retryAfterSeconds || 5));
  }
}

/** Asks for paths. @returns undefined when they were refused for good */
export async function askForPaths(
  sim: Simulation,
  person: Person,
  datasetId: string,
  order: { readonly files?: number; readonly idempotencyKey?: string; readonly patience?: Patience } = {},
): Promise<Granted | undefined> {
  const { files = 2, idempotencyKey, patience = PATIENT } = order;
  const json = { principal: person.principal, numberOfFiles: files };
  const request = {
    functionName: 'request-globus-upload-paths',
    datasetId,
    json,
    ...(idempotencyKey ? { idempotencyKey } : {}),
  };
  const reply = await sendPatiently(sim, person, request, patience);
  if (reply.status !== 200) return undefined;
  const entries = Object.entries(reply.data as Record<string, string>);
  const [, moment = ''] = /([0-9a-f]{11})-[0-9a-f]{12}$/.exec(entries[0]?.[0] ?? '') ?? [];
  return { datasetId, transferId: `${datasetId}-${moment}`, entries };
}

/** Submits a task, and notes whether it may count on its rule. */
export function submitTask(sim: Simulation, submission: Submission): string {
  const taskId = sim.globus.submit(submission);
  const [path = ''] = submission.paths;
  const holders = sim
    .rows()
    .filter((row) => path.startsWith(row.path) && row.principal === submission.owner && row.state !== 'DELETING')
    .filter((row) => sim.globus.ruleOf(row.path, row.principal) !== undefined);
  if (holders.length > 0) sim.circumstances.entitled.add(taskId);
  sim.tell(
    submission.owner.slice(-4),
    () => `submits ${taskId}: ${submission.direction} of ${submission.paths.length} files`,
  );
  return taskId;
}

export function submitUpload(
  sim: Simulation,
  person: Person,
  granted: readonly Granted[],
  changes: Partial<Submission> = {},
): string {
  const paths = granted.flatMap(({ entries }) => entries.map(([, path]) => path));
  return submitTask(sim, { owner: person.principal, direction: 'upload', paths, pace: 2_000, ...changes });
}

/** The report of an upload. */
export function reportUpload(
  sim: Simulation,
  person: Person,
  granted: Granted,
  taskId: string,
  options: { readonly patience?: Patience; readonly identifiers?: readonly string[] } = {},
): Promise<Reply> {
  const identifiers = options.identifiers ?? granted.entries.map(([identifier]) => identifier);
  const files = identifiers.map((storageIdentifier, index) => ({ storageIdentifier, fileName: `file ${index}.dat` }));
  const jsonData = JSON.stringify({ taskIdentifier: taskId, files });
  const request = { functionName: 'add-globus-files', datasetId: granted.datasetId, jsonData };
  return sendPatiently(sim, person, request, options.patience);
}

/** Reports until it is accepted or a day has passed: a dataset that is locked is tried again (F-30, F-31). */
export async function reportUntilAccepted(
  sim: Simulation,
  person: Person,
  granted: Granted,
  taskId: string,
): Promise<Reply> {
  for (let attempt = 0; ; attempt += 1) {
    const reply = await reportUpload(sim, person, granted, taskId);
    const mayBecomeRight = reply.status === 0 || reply.status >= 500 || reply.status === 403 || reply.status === 404;
    if (!mayBecomeRight || attempt > 60) return reply;
    await sim.sleep(Math.min(1_800, 60 * (attempt + 1)));
  }
}

export interface UploadCourse {
  readonly datasetId: string;
  readonly files?: number;
  /** Seconds from the reply to the submission, and from that to the report. */
  readonly submitsAfter?: number;
  readonly reportsAfter?: number;
  readonly task?: Partial<Submission>;
  readonly idempotencyKey?: string;
}

/** An honest upload from the first request to the accepted report. */
export async function upload(
  sim: Simulation,
  person: Person,
  course: UploadCourse,
): Promise<{ granted: Granted; taskId: string; reply: Reply } | undefined> {
  const { files = 2, idempotencyKey } = course;
  const granted = await askForPaths(sim, person, course.datasetId, {
    files,
    ...(idempotencyKey ? { idempotencyKey } : {}),
  });
  if (!granted) return undefined;
  await sim.sleep(course.submitsAfter ?? 3);
  const taskId = submitUpload(sim, person, [granted], course.task);
  await sim.sleep(course.reportsAfter ?? 1);
  const reply = await reportUntilAccepted(sim, person, granted, taskId);
  return { granted, taskId, reply };
}

export interface DownloadCourse {
  readonly datasetId: string;
  readonly submitsAfter?: number;
  readonly reportsAfter?: number;
  readonly task?: Partial<Submission>;
}

/** Asks for the files of the published dataset. */
export function askForDownload(sim: Simulation, person: Person, datasetId: string): Promise<Reply> {
  const json = { principal: person.principal, fileIds: PUBLISHED_FILES.map(Number) };
  return sendPatiently(sim, person, { functionName: 'request-globus-download', datasetId, json });
}

export function submitDownload(
  sim: Simulation,
  person: Person,
  datasetId: string,
  changes: Partial<Submission> = {},
): string {
  const paths = PUBLISHED_FILES.map((fileId) => `${DIRECTORIES[datasetId]}${fileId}.dat`);
  return submitTask(sim, { owner: person.principal, direction: 'download', paths, pace: 2_000, ...changes });
}

export function reportDownload(sim: Simulation, person: Person, datasetId: string, taskId: string): Promise<Reply> {
  const json = { taskIdentifier: taskId };
  return sendPatiently(sim, person, { functionName: 'monitor-globus-download', datasetId, json });
}

/** An honest download. */
export async function download(
  sim: Simulation,
  person: Person,
  course: DownloadCourse,
): Promise<{ taskId: string; reply: Reply } | undefined> {
  const { datasetId } = course;
  const asked = await askForDownload(sim, person, datasetId);
  if (asked.status !== 200) return undefined;
  await sim.sleep(course.submitsAfter ?? 3);
  const taskId = submitDownload(sim, person, datasetId, course.task);
  await sim.sleep(course.reportsAfter ?? 1);
  for (let attempt = 0; ; attempt += 1) {
    const reply = await reportDownload(sim, person, datasetId, taskId);
    if (reply.status === 200 || attempt > 20) return { taskId, reply };
    await sim.sleep(60);
  }
}

/** The row of a person's rule on a dataset's directory. */
export function ruleRow(sim: Simulation, person: Person, datasetId: string) {
  return rowOf(sim, { path: DIRECTORIES[datasetId] ?? '', principal: person.principal });
}

/** Is every transfer over? */
export function allOver(sim: Simulation): boolean {
  return sim.records().every((record) => isFinal(record.state));
}
