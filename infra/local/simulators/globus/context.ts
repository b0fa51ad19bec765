import type { LocalClock } from '../../clock.ts';
import type { SimulatorHandler, SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import type { AccessRuleBook } from './access-rules.ts';
import type { Database } from './database.ts';
import type { GlobusSettings } from './settings.ts';
import type { TaskBook } from './task-book.ts';
import type { TaskRunner } from './task-runner.ts';
import type { TokenBook } from './tokens.ts';
import { endpointNotFound, TransferError } from './transfer-error.ts';
import { type Caller, callerOf, findCollection, type GlobusCollection, type GlobusWorld } from './world.ts';

export const TRANSFER_RESOURCE_SERVER = 'transfer.api.globus.org';
export const AUTH_RESOURCE_SERVER = 'auth.globus.org';

/** Everything a route needs; one per running simulator. */
export interface GlobusContext {
  readonly clock: LocalClock;
  readonly world: GlobusWorld;
  readonly settings: GlobusSettings;
  readonly collectionsDirectory: string;
  readonly database: Database;
  readonly tokens: TokenBook;
  readonly rules: AccessRuleBook;
  readonly tasks: TaskBook;
  readonly runner: TaskRunner;
}

export type TransferHandler = (caller: Caller, request: SimulatorRequest) => SimulatorReply | Promise<SimulatorReply>;

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
    return handler(callerOf(context.world, grant.identityId), request);
  };
}

/** @throws TransferError 404 EndpointNotFound */
export function requireCollection(context: GlobusContext, id: string): GlobusCollection {
  const collection = findCollection(context.world, id.toLowerCase());
  if (!collection) throw endpointNotFound(id);
  return collection;
}
