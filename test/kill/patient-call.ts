import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonReply } from '../support/upload-client.ts';
import type { StackTime } from './stack-time.ts';

/** Whether the stack can be reached; it is told by whoever kills and restarts it. */
export interface Connection {
  /** Resolves once the killed stack is there again. */
  readonly restored: Promise<void>;
}

const MOST_ATTEMPTS = 200;
const PAUSE_AFTER_LOSS_MILLISECONDS = 100;
const LONGEST_RETRY_AFTER_SECONDS = 60;

/**
 * Sends a request until it succeeds: after a lost connection once the stack is there again, after a 503 when its Retry-After is over, and
 * after Dataverse's 403 of a locked dataset a little later.
 * @throws Error for any other answer, and after too many attempts
 */
export async function untilAnswered(
  connection: Connection,
  time: StackTime,
  send: () => Promise<JsonReply>,
): Promise<JsonReply> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    let reply: JsonReply;
    try {
      reply = await send();
    } catch {
      await connection.restored;
      await sleep(PAUSE_AFTER_LOSS_MILLISECONDS);
      continue;
    }
    if (reply.status >= 200 && reply.status < 300) return reply;
    const waitSeconds = retryAfterSeconds(reply);
    if (waitSeconds === undefined) {
      throw new Error(`the client got ${reply.status} ${JSON.stringify(reply.body)}`);
    }
    await time.sleep(waitSeconds);
  }
  throw new Error(`the client got no answer it could use in ${MOST_ATTEMPTS} attempts`);
}

/** How long an answer asks to wait before the same request is sent again; undefined when it is final. */
function retryAfterSeconds({ status, headers, body }: JsonReply): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (status === 503 && seconds > 0 && seconds <= LONGEST_RETRY_AFTER_SECONDS) return seconds;
  if (status === 403 && /is locked/.test(JSON.stringify(body))) return 2;
  return undefined;
}
