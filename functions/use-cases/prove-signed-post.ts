import { userSignedFor } from '../domain/dataverse-signed-query.ts';
import {
  ForbiddenError,
  NoAccountError,
  NotFoundError,
  UnauthenticatedError,
  UnavailableError,
} from '../domain/errors.ts';
import { asUserName } from '../domain/ids.ts';
import type { ActingAs } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';

/** A POST whose URL Dataverse signed: as rdm-integration makes them (clients.md 4). */
export interface SignedPost {
  /** Last segment of the path. */
  readonly operation: string;
  /** Path and query as they came, byte for byte: the signature covers them. */
  readonly target: string;
  /** Without the question mark. */
  readonly rawQuery: string;
}

/** What is sent in place of the caller's body, and the refusals that Dataverse can come to only after it has accepted the signature. */
interface Probe {
  readonly contentType: string;
  readonly body: string;
  isAuthentic(status: number, message: string): boolean;
}

/**
 * Dataverse's messages of dataverse-api.md 2.2, 2.3 and 2.6. Neither body can have any effect: each lacks what the call asks for first.
 * There is no probe of monitorGlobusDownload, which starts a job whatever its body is (2.7).
 */
const PROBES: Readonly<Record<string, Probe>> = {
  requestGlobusUploadPaths: {
    contentType: 'application/json',
    body: '{}',
    isAuthentic: (status, message) =>
      status === 400 || (status === 403 && message.startsWith("User doesn't have permission")),
  },
  addGlobusFiles: {
    contentType: 'multipart/form-data; boundary=probe',
    body: '--probe\r\nContent-Disposition: form-data; name="nothing"\r\n\r\n\r\n--probe--\r\n',
    isAuthentic: (status, message) => status === 400 || (status === 403 && /^Dataset .+ is locked: /.test(message)),
  },
  requestGlobusDownload: {
    contentType: 'application/json',
    body: '{}',
    isAuthentic: (status, message) => status === 400 && message.startsWith('fileIds JsonArray'),
  },
};

/**
 * Proves a POST that Dataverse signed by asking Dataverse itself, since nobody else can check its signature (dataverse-api.md 3.2): the same
 * target with a body that it must refuse, and by whose refusal it tells that the signature is good (design section 7). None of the caller's
 * headers goes along, so that nothing but the signature can be what is accepted. What the user may do is not asked here.
 * @returns the user of the signature
 * @throws UnauthenticatedError when the signature is not good, or the query could be read in two ways; NoAccountError, ForbiddenError or
 *   NotFoundError with Dataverse's words when it accepts the signature and goes no further
 * @throws UnavailableError when Dataverse does not answer, or in a way that proves nothing
 */
export async function proveSignedPost(ports: Pick<Ports, 'dataverse'>, post: SignedPost): Promise<ActingAs> {
  const user = userSignedFor(post.rawQuery);
  const probe = Object.hasOwn(PROBES, post.operation) ? PROBES[post.operation] : undefined;
  if (user === undefined || !probe) throw new UnauthenticatedError('Bad signed URL');
  if (post.operation === 'requestGlobusDownload' && new URLSearchParams(post.rawQuery).has('downloadId')) {
    // With a downloadId Dataverse reads no fileIds: an empty body would be a request like any other (dataverse-api.md 2.6).
    throw new UnauthenticatedError(
      'Bad signed URL: one that Dataverse signed for a downloadId cannot be proven here. Please ask globusDownloadParameters again and use the URL in its answer.',
    );
  }
  const reply = await ports.dataverse.forward({
    method: 'POST',
    target: post.target,
    headers: { accept: 'application/json', 'content-type': probe.contentType },
    body: Buffer.from(probe.body, 'utf8'),
  });
  const message = refusalIn(Buffer.from(reply.body).toString('utf8'));
  if (message !== undefined && probe.isAuthentic(reply.status, message)) {
    return { kind: 'user', userName: asUserName(user) };
  }
  throw refusalOf(reply.status, message);
}

/** The message of an ordinary refusal; undefined for anything else, such as a proxy's page or an exception, whose envelope says more (1.4). */
function refusalIn(text: string): string | undefined {
  try {
    const { status, message, code }: Record<string, unknown> = JSON.parse(text) ?? {};
    return status === 'ERROR' && typeof message === 'string' && code === undefined ? message : undefined;
  } catch {
    return undefined;
  }
}

function refusalOf(status: number, message: string | undefined): Error {
  const noAccount = new NoAccountError();
  if (status === 401) return message === noAccount.message ? noAccount : new UnauthenticatedError('Bad signed URL');
  if (status === 403 && message === 'The API key is invalid.') return new ForbiddenError(message);
  if (status === 404 && message !== undefined) return new NotFoundError(message);
  return new UnavailableError(
    `Dataverse does not say whether it has signed this URL: it answers with ${status}. Please repeat the request.`,
    { details: { message } },
  );
}
