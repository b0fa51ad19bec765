import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalClock } from '../../clock.ts';
import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import { type RunningSimulator, startSimulatorServer } from '../http/server.ts';
import { accessRoutes } from './access-routes.ts';
import { openAccessRules } from './access-rules.ts';
import { openAuthorizationCodes } from './authorization-codes.ts';
import { authorizeRoutes } from './authorize-routes.ts';
import { consentRoutes } from './consent-routes.ts';
import { openConsents } from './consents.ts';
import { bearerToken, type GlobusContext } from './context.ts';
import { controlRoutes } from './control-routes.ts';
import { openDatabase } from './database.ts';
import { openDirectory } from './directory.ts';
import { discoveryRoutes } from './discovery-routes.ts';
import { endpointRoutes } from './endpoint-routes.ts';
import { fileOperationRoutes } from './file-operations.ts';
import { fixtureWorld } from './fixture.ts';
import { openIdTokens } from './id-tokens.ts';
import { identityRoutes } from './identity-routes.ts';
import { introspectionRoutes } from './introspection-routes.ts';
import { managerRoutes } from './manager-routes.ts';
import { createRateMeter } from './rate-meter.ts';
import { seedCollections } from './seed.ts';
import { initialSettings } from './settings.ts';
import { submissionRoutes } from './submission-routes.ts';
import { openTasks } from './task-book.ts';
import { taskRoutes } from './task-routes.ts';
import { createTaskRunner } from './task-runner.ts';
import { tokenRoutes } from './token-routes.ts';
import { openTokens } from './tokens.ts';
import { problemReply, TransferError } from './transfer-error.ts';
import type { GlobusWorld } from './world.ts';

export interface GlobusSimulatorOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Made when missing; holds `globus.sqlite` and `collections/<id>/`. */
  readonly stateDirectory: string;
  readonly clock: LocalClock;
  /** Speed of each transfer task; unlimited when absent. */
  readonly bytesPerSecond?: number;
  /** The world of the local run when absent. */
  readonly world?: GlobusWorld;
}

/**
 * Starts a stand-in for Globus Auth (`/v2/…`) and Globus Transfer (`/v0.10/…`) on one loopback port.
 * Tasks that an earlier process left unfinished go on at once.
 */
export async function startGlobusSimulator(options: GlobusSimulatorOptions): Promise<RunningSimulator> {
  const { clock, stateDirectory } = options;
  const collectionsDirectory = join(stateDirectory, 'collections');
  mkdirSync(collectionsDirectory, { recursive: true });
  seedCollections(options.world ?? fixtureWorld, collectionsDirectory);
  const database = openDatabase(join(stateDirectory, 'globus.sqlite'));
  const directory = openDirectory(database, options.world ?? fixtureWorld);
  const work = {
    clock,
    world: directory.world,
    collectionsDirectory,
    settings: initialSettings(options.bytesPerSecond),
    rules: openAccessRules(database, clock),
    tasks: openTasks(database, clock),
  };
  const runner = createTaskRunner(work);
  const context: GlobusContext = {
    ...work,
    database,
    directory,
    runner,
    tokens: openTokens(database, clock),
    codes: openAuthorizationCodes(database, clock),
    consents: openConsents(database, clock),
    idTokens: openIdTokens(database),
  };
  const stop = async () => {
    await runner.close();
    database.close();
  };
  try {
    const server = await startSimulatorServer({
      port: options.port,
      clock,
      routes: allRoutes(context),
      controlRoutes: controlRoutes(context),
      before: beforeRoutes(context),
      notFound,
      failed,
      headers: () => ({ 'access-control-allow-origin': '*' }),
    });
    // Only now: a second copy on a taken port must not touch the tasks of the first.
    runner.start();
    return {
      url: server.url,
      async close() {
        await server.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function allRoutes(context: GlobusContext) {
  return [
    ...authorizeRoutes(context),
    ...tokenRoutes(context),
    ...introspectionRoutes(context),
    ...discoveryRoutes(context),
    ...identityRoutes(context),
    ...consentRoutes(context),
    ...endpointRoutes(context),
    ...accessRoutes(context),
    ...fileOperationRoutes(context),
    ...submissionRoutes(context),
    ...taskRoutes(context),
    ...managerRoutes(context),
  ];
}

/** Preflights and, where it is switched on, the rate limit come before any route. */
function beforeRoutes(context: GlobusContext) {
  const meter = createRateMeter(context.clock);
  return (request: SimulatorRequest): SimulatorReply | undefined => {
    if (request.method === 'OPTIONS') return preflight(request);
    if (!context.settings.isRateLimited) return undefined;
    const identityId = context.tokens.find(bearerToken(request))?.identityId;
    if (identityId === undefined || meter.admit(identityId)) return undefined;
    // Neither code nor Retry-After of a real 429 is known (globus-api.md 7): clients must not need either.
    return problemReply(request, { status: 429, code: 'TooManyRequests', message: 'Rate limit exceeded' });
  };
}

function preflight(request: SimulatorRequest): SimulatorReply {
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
      'access-control-allow-headers':
        request.headers['access-control-request-headers'] ?? 'authorization, content-type',
      'access-control-max-age': '600',
    },
  };
}

function notFound(request: SimulatorRequest, allowedMethods: readonly string[]): SimulatorReply {
  if (allowedMethods.length > 0)
    return problemReply(request, { status: 405, code: 'ClientError.MethodNotAllowed', message: 'Method not allowed' });
  return problemReply(request, {
    status: 404,
    code: 'ClientError.NotFound',
    message: `No such resource: ${request.path}`,
  });
}

function failed(request: SimulatorRequest, error: unknown): SimulatorReply {
  if (error instanceof TransferError) return problemReply(request, error);
  return problemReply(request, { status: 500, code: 'InternalError', message: (error as Error).message });
}
