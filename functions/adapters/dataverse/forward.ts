import { InvalidRequestError, ProxyLoopError, UnavailableError } from '../../domain/errors.ts';
import { type Dataverse, type ForwardedReply, HOP_HEADER } from '../../ports/dataverse.ts';
import type { Deadline } from '../system/retry-wait.ts';
import type { RetryingExchange } from './retrying.ts';

/** Headers that belong to one connection (RFC 9110 7.6.1), not to the message. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Said anew by the connection to Dataverse: a caller must not choose what the site believes about address and scheme (T-16). */
const SAID_ANEW = new Set(['host', 'content-length', 'expect', 'accept-encoding', 'forwarded', 'x-real-ip']);

/** Passes a caller's own request on, with their credentials and without ours. */
export function createForward(options: {
  readonly retrying: RetryingExchange;
  readonly newDeadline: () => Deadline;
  readonly attemptMilliseconds: number;
}): Pick<Dataverse, 'forward'> {
  return {
    async forward(request) {
      if (request.headers[HOP_HEADER] !== undefined) {
        throw new ProxyLoopError(
          'This request has passed through this service before: the address to connect to (DATAVERSE_URL) leads back here.',
        );
      }
      // Node refuses to send anything else in a request line.
      if (!/^\/[\x21-\x7e]*$/.test(request.target)) {
        throw new InvalidRequestError('The path must begin with / and be percent-encoded.');
      }
      const result = await options.retrying({
        name: 'forward',
        method: request.method,
        target: request.target,
        headers: requestHeaders(request.headers),
        body: request.body,
        // Statuses are Dataverse's answer and go to the caller as they are.
        repeat: request.method === 'GET' ? 'network' : 'never',
        deadline: options.newDeadline(),
        attemptMilliseconds: options.attemptMilliseconds,
      });
      if (result.kind === 'none') {
        throw new UnavailableError(`Dataverse gave no answer: ${result.reason}.`, { cause: result.cause });
      }
      return { status: result.status, headers: replyHeaders(result.headers), body: result.body };
    },
  };
}

function requestHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const named = namedByConnection(headers['connection']);
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !HOP_BY_HOP.has(name) && !SAID_ANEW.has(name) && !named.has(name) && !name.startsWith('x-forwarded-'),
    ),
  );
}

/** CORS is answered at the API, from the manifest; cookies of Dataverse's session have no meaning for callers of its API. */
function replyHeaders(headers: NodeJS.Dict<string | string[]>): ForwardedReply['headers'] {
  const named = namedByConnection(headers['connection']);
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || named.has(name)) continue;
    if (name === 'content-length' || name === 'set-cookie' || name.startsWith('access-control-')) continue;
    kept[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return kept;
}

function namedByConnection(connection: string | string[] | undefined): ReadonlySet<string> {
  return new Set(
    String(connection ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase()),
  );
}
