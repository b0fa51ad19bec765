import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningStack } from '../support/local-stack.ts';
import { call, logIn, postJson } from '../support/upload-client.ts';
import type { AsksAgain, Direction, Milestone } from './moment.ts';
import { type Connection, untilAnswered } from './patient-call.ts';
import { type MovedFile, playDownload, playUpload } from './plays.ts';
import type { StackTime } from './stack-time.ts';

/** A transfer whose report was accepted. */
export interface AcceptedTransfer {
  readonly direction: Direction;
  readonly files: readonly MovedFile[];
  readonly taskId: string;
}

/** A client that uploads or downloads as real ones do, and goes on after the stack was away. */
export interface TransferClient {
  /** The last milestone it has come to. */
  doing(): Milestone;
  hasCome(milestone: Milestone): boolean;
  /** Since it first asked for paths. */
  elapsedMilliseconds(): number;
  /** Resolves once its report is accepted. */
  readonly finished: Promise<AcceptedTransfer>;
}

/** Somebody looks at the screen between two steps. */
const PAUSE_MILLISECONDS = 300;

/** Starts an upload or a download. */
export function startClient(
  stack: RunningStack,
  direction: Direction,
  connection: Connection,
  time: StackTime,
  asksAgain: AsksAgain,
): TransferClient {
  const play = direction === 'upload' ? playUpload(stack) : playDownload(stack);
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

  const transfer = async (): Promise<AcceptedTransfer> => {
    const files = await ask();
    reach('has its paths');
    await sleep(PAUSE_MILLISECONDS);
    const taskId = await submit(files);
    reach('has submitted its transfer');
    await sleep(PAUSE_MILLISECONDS);
    await untilAnswered(connection, time, () => sending('reports its task', play.report(taskId, files)));
    reach('has its report accepted');
    return { direction, files, taskId };
  };

  const ask = async (): Promise<readonly MovedFile[]> => {
    const key = asksAgain === 'again with the same key' ? { 'idempotency-key': randomUUID() } : {};
    return play.filesOf(await untilAnswered(connection, time, () => sending('asks for paths', play.ask({ ...key }))));
  };

  const submit = async (files: readonly MovedFile[]): Promise<string> => {
    // As the Python SDK does: the id comes first, and stays the same whatever happens to the submission.
    const { body: id } = await untilAnswered(connection, time, async () => {
      const headers = await logIn(stack);
      return sending('submits its transfer', call(`${stack.globusUrl}/v0.10/submission_id`, { headers }));
    });
    const document = {
      DATA_TYPE: 'transfer',
      submission_id: id.value,
      source_endpoint: play.from,
      destination_endpoint: play.to,
      DATA: files.map(({ source, destination }) => ({
        DATA_TYPE: 'transfer_item',
        source_path: source,
        destination_path: destination,
        recursive: false,
      })),
    };
    const { body } = await untilAnswered(connection, time, async () =>
      postJson(`${stack.globusUrl}/v0.10/transfer`, document, await logIn(stack)),
    );
    return body.task_id;
  };

  const finished = transfer();
  finished.catch(() => undefined);
  return {
    doing: () => doing,
    hasCome: (milestone) => come.has(milestone),
    elapsedMilliseconds: () => performance.now() - startedAt,
    finished,
  };
}
