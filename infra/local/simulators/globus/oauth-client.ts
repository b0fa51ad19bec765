import { timingSafeEqual } from 'node:crypto';
import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import type { GlobusContext } from './context.ts';
import { findIdentity, findPublicClient, type GlobusIdentity, type GlobusWorld } from './world.ts';

/** An application that talks to Auth. */
export interface OAuthClient {
  readonly id: string;
  readonly name: string;
  /** Without a secret: it names itself, and proves by PKCE that it is the same in both steps of a login. */
  readonly isPublic: boolean;
}

/** Parameters of an OAuth call: those of the form in the body, then those of the query (globus-api.md 1.2 and 1.3). */
export function oauthParameters(request: SimulatorRequest): URLSearchParams {
  return new URLSearchParams([...new URLSearchParams(request.body.toString('utf8')), ...request.query]);
}

/** The client that proves itself by Basic auth or by `client_id` and `client_secret` among the parameters. */
export function authenticatedClient(context: GlobusContext, request: SimulatorRequest): GlobusIdentity | undefined {
  const basic = /^Basic\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const parameters = oauthParameters(request);
  const [id, secret] = basic
    ? splitCredentials(Buffer.from(basic, 'base64').toString('utf8'))
    : [parameters.get('client_id') ?? '', parameters.get('client_secret') ?? ''];
  const client = findIdentity(context.world, id.toLowerCase());
  return client?.clientSecret !== undefined && sameText(client.clientSecret, secret) ? client : undefined;
}

/** The client behind a call: one that proves itself, or a public one that names itself. */
export function callingClient(context: GlobusContext, request: SimulatorRequest): OAuthClient | undefined {
  const confidential = authenticatedClient(context, request);
  if (confidential) return { id: confidential.id, name: confidential.name, isPublic: false };
  if (request.headers.authorization !== undefined) return undefined;
  const named = findClient(context.world, oauthParameters(request).get('client_id') ?? '');
  return named?.isPublic ? named : undefined;
}

/** The application with that id, whichever kind it is. */
export function findClient(world: GlobusWorld, id: string): OAuthClient | undefined {
  const publicClient = findPublicClient(world, id.toLowerCase());
  if (publicClient) return { ...publicClient, isPublic: true };
  const identity = findIdentity(world, id.toLowerCase());
  return identity?.clientSecret === undefined ? undefined : { id: identity.id, name: identity.name, isPublic: false };
}

/** What the token endpoint answers to a call it refuses. */
export function oauthError(status: number, error: string, members: Readonly<Record<string, unknown>> = {}) {
  return { status, body: { error, ...members } } satisfies SimulatorReply;
}

function splitCredentials(text: string): [string, string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function sameText(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
