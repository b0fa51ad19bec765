import { UnauthenticatedError, UpstreamRefusedError } from '../../domain/errors.ts';
import type { UserName } from '../../domain/ids.ts';
import type { ActingAs } from '../../ports/dataverse.ts';
import type { Secrets } from '../../ports/secrets.ts';
import type { Deadline } from '../system/retry-wait.ts';
import type { NoReply } from './http-exchange.ts';
import { type DataverseReply, dataverseReply } from './reply.ts';
import type { Repeat, RetryingExchange } from './retrying.ts';
import { type SigningOrder, signedTarget, signingRequest } from './signed-url.ts';

export interface DataverseCall {
  readonly name: string;
  readonly method: string;
  /** Path and query, beginning with `/api/v1/`. */
  readonly target: string;
  readonly actingAs: ActingAs;
  readonly repeat: Repeat;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Limit of the call with all that prepares it, in milliseconds, when it is not the usual one. */
  readonly limitMilliseconds?: number;
}

export type CallDataverse = (call: DataverseCall) => Promise<DataverseReply | NoReply>;

/** Has Dataverse sign a URL for a user. @returns its path and query */
export type SignTarget = (order: Omit<SigningOrder, 'siteUrl'>) => Promise<string>;

export interface DataverseCallOptions {
  readonly retrying: RetryingExchange;
  readonly siteUrl: string;
  readonly secrets: Secrets;
  readonly superuserSecret: string;
  readonly unblockKeySecret: string | undefined;
  readonly newDeadline: (milliseconds?: number) => Deadline;
  readonly attemptMilliseconds: number;
}

const JSON_HEADERS = { 'content-type': 'application/json' };
/** Long enough for one call of ours, retries included; a URL signed for it is never kept. */
const OWN_CALL_MINUTES = 10;
/** What a credential may be: anything else cannot be a header, and no token looks like it. */
const HEADER_VALUE = /^[\x21-\x7e]+$/;

/**
 * Makes the function that sends one call under somebody's name. It answers with whatever Dataverse said last; it throws only what
 * prevents the call from being made: a secret that cannot be read, a URL that Dataverse does not sign. And the one that gets such a URL.
 */
export function createDataverseCall(options: DataverseCallOptions): {
  readonly call: CallDataverse;
  readonly signTarget: SignTarget;
} {
  const { retrying, secrets, superuserSecret } = options;

  const send = async (
    call: DataverseCall,
    deadline: Deadline,
    target: string,
    headers: Record<string, string>,
    hidden: string[],
  ) => {
    const request = {
      name: call.name,
      method: call.method,
      target,
      headers: { accept: 'application/json', ...call.headers, ...headers },
      body: call.body,
      repeat: call.repeat,
      deadline,
      attemptMilliseconds: call.limitMilliseconds ?? options.attemptMilliseconds,
    };
    return dataverseReply(await retrying(request), hidden);
  };

  const sendAsService = async (call: DataverseCall, deadline: Deadline, alsoHidden: string[] = []) => {
    const key = (await secrets.read(superuserSecret)).reveal();
    const result = await send(call, deadline, call.target, { 'x-dataverse-key': key }, [key, ...alsoHidden]);
    if (result.kind !== 'reply' || result.status !== 401) return result;
    // The token may have been rotated (F-72). The same one again would only be refused again.
    secrets.forget(superuserSecret);
    const renewed = (await secrets.read(superuserSecret)).reveal();
    if (renewed === key) return result;
    return send(call, deadline, call.target, { 'x-dataverse-key': renewed }, [key, renewed, ...alsoHidden]);
  };

  const signed = async (deadline: Deadline, order: SigningOrder): Promise<string> => {
    const unblockKey =
      options.unblockKeySecret === undefined ? undefined : (await secrets.read(options.unblockKeySecret)).reveal();
    const query = unblockKey === undefined ? '' : `?unblock-key=${encodeURIComponent(unblockKey)}`;
    const answer = await sendAsService(
      {
        name: 'requestSignedUrl',
        method: 'POST',
        target: `/api/v1/admin/requestSignedUrl${query}`,
        actingAs: { kind: 'service' },
        // Signing changes nothing.
        repeat: 'read',
        headers: JSON_HEADERS,
        body: signingRequest(order),
      },
      deadline,
      unblockKey === undefined ? [] : [unblockKey, encodeURIComponent(unblockKey)],
    );
    return signedTarget(answer, order);
  };

  const sendAsUser = async (call: DataverseCall, deadline: Deadline, userName: UserName) => {
    const { method, target: unsigned } = call;
    const order = { siteUrl: options.siteUrl, method, target: unsigned, userName, minutes: OWN_CALL_MINUTES };
    const target = await signed(deadline, order);
    const result = await send(call, deadline, target, {}, [target.slice(target.lastIndexOf('token=') + 6)]);
    if (result.kind === 'reply' && result.status === 401 && result.message === 'Bad signed URL') {
      throw new UpstreamRefusedError(
        'Dataverse does not accept a URL it has just signed: check SITE_URL, the proxy in front of Dataverse and its clock.',
      );
    }
    return result;
  };

  const call: CallDataverse = async (call) => {
    const { actingAs } = call;
    // One limit for all: signing, a newly read token and the call itself.
    const deadline = options.newDeadline(call.limitMilliseconds);
    switch (actingAs.kind) {
      case 'guest':
        return send(call, deadline, call.target, {}, []);
      case 'key': {
        const key = actingAs.token.reveal();
        if (!HEADER_VALUE.test(key)) throw new UnauthenticatedError('Bad API key');
        return send(call, deadline, call.target, { 'x-dataverse-key': key }, [key]);
      }
      case 'bearer': {
        const token = actingAs.token.reveal();
        if (!HEADER_VALUE.test(token)) throw new UnauthenticatedError('Bad bearer token');
        return send(call, deadline, call.target, { authorization: `Bearer ${token}` }, [token]);
      }
      case 'service':
        return asOurAccount(await sendAsService(call, deadline));
      case 'user':
        return sendAsUser(call, deadline, actingAs.userName);
    }
  };

  return {
    call,
    signTarget: (order) => signed(options.newDeadline(), { siteUrl: options.siteUrl, ...order }),
  };
}

/** That our own account is refused is no fault of the caller's, whose 401 or 403 it must not become. A lock that stands is an answer. */
function asOurAccount(result: DataverseReply | NoReply): DataverseReply | NoReply {
  if (result.kind !== 'reply' || result.message === '') return result;
  const isRefused = result.status === 401 || (result.status === 403 && !/\balready locked\b/.test(result.message));
  if (!isRefused) return result;
  throw new UpstreamRefusedError(`Dataverse does not let the service's own account do this: ${result.message}`);
}
