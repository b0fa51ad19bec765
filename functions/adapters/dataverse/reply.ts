import * as z from 'zod/mini';
import {
  ConflictError,
  type ExpectedError,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  UnauthenticatedError,
  UnavailableError,
  UpstreamRefusedError,
} from '../../domain/errors.ts';
import { maskSecrets } from '../system/mask-secrets.ts';
import { retryAfterSecondsOf } from '../system/retry-wait.ts';
import type { HttpReply, NoReply } from './http-exchange.ts';

/** Dataverse's answer, read as JSON. */
export interface DataverseReply {
  readonly kind: 'reply';
  readonly status: number;
  /** The whole parsed body; undefined when it is not JSON. */
  readonly json: unknown;
  /** Dataverse's message with credentials masked, else empty. */
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
}

const envelope = z.object({ message: z.string() });

/**
 * Reads a reply as Dataverse's envelope (dataverse-api.md 1.4).
 * @param hidden - credentials of the call; Dataverse echoes some in its messages (4.1)
 */
export function dataverseReply(result: HttpReply | NoReply, hidden: readonly string[]): DataverseReply | NoReply {
  if (result.kind === 'none') return { ...result, reason: maskSecrets(result.reason, hidden) };
  const json = parsed(result.body);
  return {
    kind: 'reply',
    status: result.status,
    json,
    message: maskSecrets(z.safeParse(envelope, json).data?.message ?? '', hidden),
    retryAfterSeconds: retryAfterSecondsOf(result.headers['retry-after']),
  };
}

/**
 * The `data` of a successful answer.
 * @param what - the call, for messages: `the locks of dataset 29`
 * @throws see `failureOf`; UnavailableError when the data are not what the schema expects
 */
export function dataIn<Schema extends z.ZodMiniType>(
  result: DataverseReply | NoReply,
  schema: Schema,
  what: string,
): z.infer<Schema> {
  if (result.kind === 'none' || result.status < 200 || result.status >= 300) throw failureOf(result, what);
  const parsedData = z.safeParse(z.object({ data: schema }), result.json);
  if (!parsedData.success) {
    throw new UnavailableError(`Dataverse's answer to ${what} is not what was expected.`, {
      details: { status: result.status, faults: parsedData.error.issues.slice(0, 5).map(({ path }) => path.join('.')) },
    });
  }
  return (parsedData.data as { data: z.infer<Schema> }).data;
}

/** The error for an answer that is no success, with Dataverse's own message where it has one (ports/dataverse.ts). */
export function failureOf(result: DataverseReply | NoReply, what: string): ExpectedError {
  if (result.kind === 'none') {
    return new UnavailableError(`Dataverse gave no answer to ${what}: ${result.reason}.`, { cause: result.cause });
  }
  const { status, message, retryAfterSeconds } = result;
  const options = { details: { status, call: what } };
  // Only Dataverse's own words refuse; the page of a proxy decides nothing.
  if (message !== '') {
    if (status === 400) return new InvalidRequestError(message, options);
    if (status === 401) return new UnauthenticatedError(message, options);
    if (status === 403) return new ForbiddenError(message, options);
    if (status === 404) return new NotFoundError(message, options);
    if (status === 409) return new ConflictError(message, options);
    if (status > 404 && status < 500 && status !== 408 && status !== 429) {
      return new UpstreamRefusedError(`Dataverse refused ${what}: ${message}`, options);
    }
  }
  return new UnavailableError(
    `Dataverse answered ${what} with ${status}${message ? `: ${message}` : ' and no JSON.'}`,
    {
      ...options,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  );
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
