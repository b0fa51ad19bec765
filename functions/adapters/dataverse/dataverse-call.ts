import { UnauthenticatedError, UpstreamRefusedError } from '../../domain/errors.ts';
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

/**
 * Makes the function that sends one call under somebody's name. It answers with whatever Dataverse said last; it throws only what
 * prevents the call from being made: a secret that cannot be read, a URL that Dataverse does not sign.
 */
export function createDataverseCall(options: DataverseCallOptions): CallDataverse {
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

  const sendAsUser = async (call: DataverseCall, deadline: Deadline, order: SigningOrder) => {
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
    const target = signedTarget(answer, order);
    const result = await send(call, deadline, target, {}, [target.slice(target.lastIndexOf('token=') + 6)]);
    if (result.kind === 'reply' && result.status === 401 && result.message === 'Bad signed URL') {
      throw new UpstreamRefusedError(
        'Dataverse does not accept a URL it has just signed: check SITE_URL, the proxy in front of Dataverse and its clock.',
      );
    }
    return result;
  };

  return async (call) => {
    const { actingAs } = call;
    // One limit for all: signing, a newly read token and the call itself.
    const deadline = options.newDeadline(call.limitMilliseconds);
    switch (actingAs.kind) {
      case 'guest':
        return send(call, deadline, call.target, {}, []);
      case 'key': {
        const key = actingAs.token.reveal();
        // Such a text cannot be a header, and no token of Dataverse's looks like it.
        if (!/^[\x21-\x7e]+$/.test(key)) throw new UnauthenticatedError('Bad API key');
        return send(call, deadline, call.target, { 'x-dataverse-key': key }, [key]);
      }
      case 'service':
        return asOurAccount(await sendAsService(call, deadline));
      case 'user': {
        const { method, target } = call;
        return sendAsUser(call, deadline, { siteUrl: options.siteUrl, method, target, userName: actingAs.userName });
      }
    }
  };
}

/** That our own account is refused is no fault of the caller's, whose 401 or 403 it must not become. A lock that stands is an answer. */
function asOurAccount(result: DataverseReply | NoReply): DataverseReply | NoReply {
  if (result.kind !== 'reply' || result.message === '') return result;
  const isRefused = result.status === 401 || (result.status === 403 && !/\balready locked\b/.test(result.message));
  if (!isRefused) return result;
  throw new UpstreamRefusedError(`Dataverse does not let the service's own account do this: ${result.message}`);
}
