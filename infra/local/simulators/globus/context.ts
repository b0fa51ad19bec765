import type { LocalClock } from '../../clock.ts';
import type { SimulatorHandler, SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import type { AccessRuleBook } from './access-rules.ts';
import type { AuthorizationCodes } from './authorization-codes.ts';
import type { ConsentBook } from './consents.ts';
import type { Database } from './database.ts';
import type { Directory } from './directory.ts';
import type { IdTokenSigner } from './id-tokens.ts';
import { dataAccessScope, needsDataAccess, TRANSFER_RESOURCE_SERVER, TRANSFER_SCOPE } from './scopes.ts';
import type { GlobusSettings } from './settings.ts';
import type { TaskBook } from './task-book.ts';
import type { TaskRunner } from './task-runner.ts';
import type { TokenBook } from './tokens.ts';
import { endpointNotFound, TransferError } from './transfer-error.ts';
import { type Caller, callerOf, findCollection, type GlobusCollection, type GlobusWorld } from './world.ts';

/** Everything a route needs; one per running simulator. */
export interface GlobusContext {
  readonly clock: LocalClock;
  readonly world: GlobusWorld;
  readonly settings: GlobusSettings;
  readonly collectionsDirectory: string;
  readonly database: Database;
  readonly directory: Directory;
  readonly tokens: TokenBook;
  readonly codes: AuthorizationCodes;
  readonly consents: ConsentBook;
  readonly idTokens: IdTokenSigner;
  readonly rules: AccessRuleBook;
  readonly tasks: TaskBook;
  readonly runner: TaskRunner;
}

/** Someone who calls Transfer, and the application that calls for them. */
export interface TransferCaller extends Caller {
  readonly clientId: string;
}

export type TransferHandler = (
  caller: TransferCaller,
  request: SimulatorRequest,
) => SimulatorReply | Promise<SimulatorReply>;

/** The token in `Authorization: Bearer …`, or an empty text. */
export function bearerToken(request: SimulatorRequest): string {
  return /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

/**
 * A handler that needs a Transfer token.
 * @throws TransferError 401 AuthenticationFailed at each call without a valid one
 */
export function withCaller(context: GlobusContext, handler: TransferHandler): SimulatorHandler {
  return (request) => {
    const grant = context.tokens.find(bearerToken(request));
    if (grant?.resourceServer !== TRANSFER_RESOURCE_SERVER) {
      throw new TransferError(401, 'AuthenticationFailed', 'Token is missing, expired, revoked or not for Transfer');
    }
    return handler({ ...callerOf(context.world, grant.identityId), clientId: grant.clientId }, request);
  };
}

/** @throws TransferError 404 EndpointNotFound */
export function requireCollection(context: GlobusContext, id: string): GlobusCollection {
  const collection = findCollection(context.world, id.toLowerCase());
  if (!collection) throw endpointNotFound(id);
  return collection;
}

/**
 * Looks whether the caller's application may use mapped collections for them; one refusal names all that lacks.
 * @throws TransferError 403 ConsentRequired (globus-api.md 1.8)
 */
export function requireConsents(
  context: GlobusContext,
  caller: TransferCaller,
  collections: readonly GlobusCollection[],
): void {
  const lacking = collections
    .filter(needsDataAccess)
    .map(({ id }) => dataAccessScope(id))
    .filter((scope) => !context.consents.covers(caller, [TRANSFER_SCOPE, scope]))
    .map((scope) => `${TRANSFER_SCOPE}[*${scope}]`);
  if (lacking.length === 0) return;
  const message = 'Missing required data_access consent';
  throw new TransferError(403, 'ConsentRequired', message, {
    required_scopes: lacking,
    authorization_parameters: { required_scopes: lacking, session_message: message },
  });
}
