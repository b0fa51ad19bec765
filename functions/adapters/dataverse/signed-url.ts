import * as z from 'zod/mini';
import { ForbiddenError, NoUserTokenError, UnauthenticatedError, UpstreamRefusedError } from '../../domain/errors.ts';
import type { UserName } from '../../domain/ids.ts';
import type { NoReply } from './http-exchange.ts';
import { type DataverseReply, dataIn } from './reply.ts';

/** What is to be signed. */
export interface SigningOrder {
  readonly siteUrl: string;
  readonly method: string;
  /** Path and query as they will be sent, beginning with `/api/v1/`: the short form cannot be checked by Dataverse (3.2). */
  readonly target: string;
  readonly userName: UserName;
  /** How long it is good for. */
  readonly minutes: number;
}

/** The body of `POST /api/admin/requestSignedUrl` (dataverse-api.md 3.5). */
export function signingRequest(order: SigningOrder): Uint8Array {
  const { method, userName, minutes } = order;
  const body = { url: textToSign(order), timeOut: minutes, httpMethod: method, user: userName };
  return Buffer.from(JSON.stringify(body), 'utf8');
}

/**
 * The target to call, taken from Dataverse's answer.
 * @returns path and query that act as the user for this one URL and method
 * @throws NoUserTokenError on 409 · UpstreamRefusedError when our account may not sign, or when the URL is for someone or something else:
 * an unknown user silently gets a URL that acts as the superuser (3.5)
 */
export function signedTarget(result: DataverseReply | NoReply, order: SigningOrder): string {
  const what = 'the request for a signed URL';
  if (result.kind === 'reply' && result.status === 409) {
    throw new NoUserTokenError(
      `Dataverse has no valid API token for the user ${order.userName}: create one in Dataverse, then repeat.`,
      { details: { message: result.message } },
    );
  }
  const { signedUrl } = refusalsOfOurAccount(() => dataIn(result, z.object({ signedUrl: z.string() }), what));
  const signed = textToSign(order);
  const added = signedUrl.startsWith(signed) ? signedUrl.slice(signed.length) : undefined;
  if (added === undefined || !isSignatureFor(order, added, signed.includes('?') ? '&' : '?')) {
    throw new UpstreamRefusedError(
      `Dataverse signed something else than the call asked for the user ${order.userName}. Is the account still there?`,
    );
  }
  // Nothing in it is encoded (3.1); what may not stand in a request line, or would be decoded to something else, is encoded here.
  return `${order.target}${added.replace(/[^\x21-\x7e]|[%+#]/gu, encodeURIComponent)}`;
}

/** Dataverse decodes a request's URL before it checks the signature, so it is the decoded text that has to be signed (3.2). */
function textToSign(order: SigningOrder): string {
  return `${order.siteUrl}${decodeURIComponent(order.target)}`;
}

/** Is it `until`, `user`, `method` and `token`, in this order and nothing else, for our user and method (3.1)? */
function isSignatureFor(order: SigningOrder, added: string, separator: string): boolean {
  const parts = /^([?&])until=[0-9T:.+-]+&user=([^&]*)&method=([A-Z]+)&token=[0-9a-f]+$/.exec(added);
  return parts?.[1] === separator && parts[2] === order.userName && parts[3] === order.method;
}

/** That our own account is refused is no fault of the caller's, whose 401 or 403 it must not become. */
function refusalsOfOurAccount<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnauthenticatedError || error instanceof ForbiddenError) {
      throw new UpstreamRefusedError(`Dataverse lets our account sign no URLs: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
