import { UnavailableError, UpstreamRefusedError } from '../../domain/errors.ts';
import type { CollectionId } from '../../domain/ids.ts';
import type { CallBudget, Urgency } from '../../ports/call-budget.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { type Deadline, retryAfterSecondsOf } from '../system/retry-wait.ts';
import type { AccessTokens } from './access-tokens.ts';
import { exchange, type GlobusReply, type NoReply, withoutSecrets } from './reply.ts';
import type { CallDescription, RetryingCall } from './retrying.ts';
import { type GlobusHosts, sdkOptions } from './sdk-fetch.ts';

type SdkOptions = ReturnType<typeof sdkOptions>;

export interface TransferCall extends CallDescription {
  readonly collectionId: CollectionId;
  /** `urgent` when left out. */
  readonly urgency?: Urgency;
  /** Whether a collection that is in no store's settings may be asked as well. */
  readonly mayBeForeign?: boolean;
  /** Calls the SDK with the token's header. */
  readonly send: (headers: Record<string, string>, options: SdkOptions) => Promise<Response>;
}

export type CallTransfer = (call: TransferCall) => Promise<GlobusReply | NoReply>;

/**
 * Makes the function that sends one call to Transfer with the collection's token: retries inside the deadline, and on 401 one new
 * token from a newly read secret. It answers with whatever came last; only getting a token throws.
 */
export function createTransferCall(options: {
  readonly hosts: GlobusHosts;
  readonly tokens: AccessTokens;
  readonly retrying: RetryingCall;
  readonly credentialOf: (collectionId: CollectionId) => string | undefined;
  readonly foreignCredential: string | undefined;
  readonly budget: CallBudget;
  readonly clock: Clock;
  readonly log: Log;
}): CallTransfer {
  const { hosts, tokens, retrying, clock } = options;
  /** A budget that cannot be asked holds nobody up: Globus meters for itself. */
  const takeFromBudget = (identity: string, call: TransferCall): Promise<number> =>
    options.budget.take(identity, call.urgency ?? 'urgent').catch((error: unknown) => {
      options.log.warn('globus.budget-not-asked', { call: call.name, error });
      return 0;
    });
  /** False when the deadline comes before the next call is allowed. */
  const waitForBudget = async (identity: string, call: TransferCall): Promise<boolean> => {
    for (;;) {
      const waitMilliseconds = await takeFromBudget(identity, call);
      if (waitMilliseconds === 0) return true;
      if (waitMilliseconds >= call.deadline.leftMilliseconds()) return false;
      await clock.sleep(waitMilliseconds);
    }
  };

  return async (call) => {
    const secretName =
      options.credentialOf(call.collectionId) ?? (call.mayBeForeign ? options.foreignCredential : undefined);
    if (secretName === undefined) {
      throw new UpstreamRefusedError(
        `No Globus credential is configured for the collection ${call.collectionId}: expected a store in STORES that names it.`,
      );
    }
    const attemptWith =
      (token: string) =>
      async (timeLimitMilliseconds: number): Promise<GlobusReply | NoReply> => {
        if (!(await waitForBudget(secretName, call))) return BUDGET_USED_UP;
        const left = Math.max(1, Math.min(timeLimitMilliseconds, call.deadline.leftMilliseconds()));
        const reply = await exchange(() => call.send({ Authorization: `Bearer ${token}` }, sdkOptions(hosts, left)));
        return withoutSecrets(reply, [token]);
      };

    const token = await tokens.tokenOf(secretName, call.deadline);
    const result = await retrying(call, attemptWith(token));
    // A 401 had no effect, whatever the call: it may be repeated even where nothing else may.
    if (result.kind !== 'reply' || result.status !== 401) return result;
    tokens.forget(secretName, token);
    const renewed = await tokens.tokenOf(secretName, call.deadline);
    return retrying(call, attemptWith(renewed));
  };
}

const BUDGET_USED_UP: NoReply = {
  kind: 'none',
  reason: 'the calls that Globus allows per second are used up',
  wasSent: false,
  isLasting: true,
  cause: undefined,
};

/** The reply of a call that had to succeed. @throws UnavailableError or UpstreamRefusedError, see `failureOf` */
export function succeeded(result: GlobusReply | NoReply, what: string): GlobusReply {
  if (result.kind === 'reply' && isSuccess(result)) return result;
  throw failureOf(result, what);
}

/** A 2xx with a JSON body. */
export function isSuccess(reply: GlobusReply): boolean {
  return reply.status >= 200 && reply.status < 300 && reply.json !== undefined;
}

/**
 * The reply, if it is a definite refusal: a 4xx in which Globus itself speaks. Without a code it may be any proxy's page, which
 * decides nothing; 429 passes.
 */
export function refusalIn(result: GlobusReply | NoReply): GlobusReply | undefined {
  if (result.kind === 'none' || result.status < 400 || result.status >= 500 || result.status === 429) return undefined;
  return result.code === '' ? undefined : result;
}

/** Globus's refusal with 404 (for example `AccessRuleNotFound`), not the 404 of a proxy. */
export function isMissing(result: GlobusReply | NoReply): boolean {
  return refusalIn(result)?.status === 404;
}

/** The error for a result that is no success: UpstreamRefusedError for a definite refusal, UnavailableError otherwise. */
export function failureOf(result: GlobusReply | NoReply, what: string): UpstreamRefusedError | UnavailableError {
  if (result.kind === 'none') {
    return new UnavailableError(`Globus gave no answer to ${what}: ${result.reason}.`, { cause: result.cause });
  }
  const details = { status: result.status, code: result.code };
  const said = [result.code, result.message].filter((text) => text !== '').join(', ');
  if (refusalIn(result)) return new UpstreamRefusedError(`Globus refused ${what}: ${said}`, { details });
  const retryAfterSeconds = retryAfterSecondsOf(result.retryAfter);
  return new UnavailableError(
    `Globus answered ${what} with ${result.status} and ${said || (result.json === undefined ? 'no JSON' : 'nothing we expect')}.`,
    { details, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
  );
}

/** The error for a reply whose JSON is not what its schema expects. */
export function unexpectedReply(what: string, why: string): UnavailableError {
  return new UnavailableError(`Globus's answer to ${what} is not what was expected: ${why}.`);
}

/** How a port method names its calls. */
export type CallOptions = {
  readonly collectionId: CollectionId;
  readonly deadline: Deadline;
  readonly urgency?: Urgency;
};
