import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { COLLECTION, PRINCIPAL, SOURCE_COLLECTION } from '../support/builders.ts';
import type { RunningStack } from '../support/local-stack.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  type GrantedFile,
  logIn,
  postJson,
  reportFiles,
} from '../support/upload-client.ts';
import type { AsksAgain, Milestone } from './moment.ts';
import { type Connection, untilAnswered } from './patient-call.ts';
import { FILES } from './source-files.ts';
import type { StackTime } from './stack-time.ts';

/** An upload that was accepted. */
export interface AcceptedUpload {
  readonly granted: readonly GrantedFile[];
  readonly taskId: string;
}

/** A client that uploads the files as real ones do, and goes on after the stack was away. */
export interface UploadClient {
  /** The last milestone it has come to. */
  doing(): Milestone;
  hasCome(milestone: Milestone): boolean;
  /** Since it first asked for paths. */
  elapsedMilliseconds(): number;
  /** Resolves once its report is accepted. */
  readonly uploaded: Promise<AcceptedUpload>;
}

/** Somebody looks at the screen between two steps. */
const PAUSE_MILLISECONDS = 300;

/** Starts an upload. */
export function startUpload(
  stack: RunningStack,
  connection: Connection,
  time: StackTime,
  asksAgain: AsksAgain,
): UploadClient {
  let doing: Milestone = 'asks for paths';
  const come = new Set<Milestone>();
  const startedAt = performance.now();
  const reach = (milestone: Milestone) => {
    doing = milestone;
    come.add(milestone);
  };
  /** The request is on its way before anybody is told of it. */
  const sending = <Reply>(milestone: Milestone, reply: Promise<Reply>): Promise<Reply> => {
    if (!come.has(milestone)) setImmediate(() => reach(milestone));
    return reply;
  };

  const upload = async (): Promise<AcceptedUpload> => {
    const granted = await askForPaths();
    reach('has its paths');
    await sleep(PAUSE_MILLISECONDS);
    const taskId = await submit(granted);
    reach('has submitted its transfer');
    await sleep(PAUSE_MILLISECONDS);
    const named = FILES.flatMap(({ name }, index) => {
      const file = granted[index];
      return file ? [[file, name] as const] : [];
    });
    await untilAnswered(connection, time, () => sending('reports its files', reportFiles(stack, taskId, named)));
    reach('has its report accepted');
    return { granted, taskId };
  };

  const askForPaths = async (): Promise<readonly GrantedFile[]> => {
    const key = asksAgain === 'again with the same key' ? { 'idempotency-key': randomUUID() } : {};
    const url = datasetUrl(stack, 'requestGlobusUploadPaths');
    const order = { principal: PRINCIPAL, numberOfFiles: FILES.length };
    const ask = () => sending('asks for paths', postJson(url, order, { 'X-Dataverse-key': CURATOR_KEY, ...key }));
    const reply = await untilAnswered(connection, time, ask);
    return Object.entries<string>(reply.body.data).map(([identifier, path]) => ({ identifier, path }));
  };

  const submit = async (granted: readonly GrantedFile[]): Promise<string> => {
    // As the Python SDK does: the id comes first, and stays the same whatever happens to the submission.
    const { body: id } = await untilAnswered(connection, time, async () => {
      const headers = await logIn(stack);
      return sending('submits its transfer', call(`${stack.globusUrl}/v0.10/submission_id`, { headers }));
    });
    const document = {
      DATA_TYPE: 'transfer',
      submission_id: id.value,
      source_endpoint: SOURCE_COLLECTION,
      destination_endpoint: COLLECTION,
      DATA: FILES.map(({ sourcePath }, index) => ({
        DATA_TYPE: 'transfer_item',
        source_path: sourcePath,
        destination_path: granted[index]?.path,
        recursive: false,
      })),
    };
    const { body } = await untilAnswered(connection, time, async () =>
      postJson(`${stack.globusUrl}/v0.10/transfer`, document, await logIn(stack)),
    );
    return body.task_id;
  };

  const uploaded = upload();
  uploaded.catch(() => undefined);
  return {
    doing: () => doing,
    hasCome: (milestone) => come.has(milestone),
    elapsedMilliseconds: () => performance.now() - startedAt,
    uploaded,
  };
}
