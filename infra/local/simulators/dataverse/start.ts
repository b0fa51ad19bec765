import type { LocalClock } from '../../clock.ts';
import type { SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { type RunningSimulator, startSimulatorServer } from '../http/server.ts';
import { addFilesRoutes } from './add-files.ts';
import { authenticate } from './authentication.ts';
import { controlRoutes } from './control.ts';
import { openDatabase } from './database.ts';
import { datasetRoutes } from './dataset-routes.ts';
import { fileRoutes } from './file-routes.ts';
import { FIXTURE_WORLD } from './fixture.ts';
import { globusParametersRoutes } from './globus-parameters.ts';
import { globusRequestRoutes } from './globus-requests.ts';
import { type ApiRoute, createInstallation, type Installation } from './installation.ts';
import { installationRoutes, requireUnblockKey } from './installation-routes.ts';
import { lockRoutes } from './lock-routes.ts';
import { ApiFailure, internalError, methodNotAllowed, pathNotFound, unsupportedMediaType } from './replies.ts';
import { userRoutes } from './user-routes.ts';
import { versionFilesRoutes } from './version-files-routes.ts';
import type { DataverseWorld } from './world.ts';

export interface DataverseSimulatorOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Holds `dataverse.sqlite`; made when it is not there. */
  readonly stateDirectory: string;
  readonly clock: LocalClock;
  /** Public base address: the host callers must name, and the start of every URL handed out. */
  readonly siteUrl: string;
  /** Where sizes of registered files are asked for; without it they are -1. */
  readonly globus?: { readonly url: string };
  /** Written once, when the database is new; default is the fixture. */
  readonly world?: DataverseWorld;
}

const API_ROUTES: readonly ApiRoute[] = [
  ...userRoutes,
  ...lockRoutes,
  ...datasetRoutes,
  ...versionFilesRoutes,
  ...fileRoutes,
  ...installationRoutes,
  ...addFilesRoutes,
  ...globusParametersRoutes,
  ...globusRequestRoutes,
];

/** Sent with every answer, preflights included, as release 6.5 does (dataverse-api.md 1.5). */
const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'PUT, GET, POST, DELETE, OPTIONS',
  'access-control-allow-headers': 'Accept, Content-Type, X-Dataverse-Key, Range',
  'access-control-expose-headers': 'Accept-Ranges, Content-Range, Content-Encoding',
};

/** Starts a stand-in for a Dataverse 6.5 on the loopback interface. */
export async function startDataverseSimulator(options: DataverseSimulatorOptions): Promise<RunningSimulator> {
  const { clock, siteUrl, port } = options;
  const database = openDatabase(options.stateDirectory, options.world ?? FIXTURE_WORLD, clock.nowMilliseconds());
  const closing = new AbortController();
  const dataverse = createInstallation(database, clock, siteUrl, options.globus?.url, closing.signal);
  dataverse.locks.removeUnfinishedSaves();
  try {
    const server = await startSimulatorServer({
      port,
      clock,
      routes: API_ROUTES.flatMap((route) => toServerRoutes(dataverse, route)),
      controlRoutes: controlRoutes(dataverse),
      before: (request) => (request.method === 'OPTIONS' ? { status: 204 } : undefined),
      notFound: (request, allowedMethods) =>
        allowedMethods.length === 0 ? pathNotFound(request) : methodNotAllowed(request),
      failed: (request, error) => (error instanceof ApiFailure ? error.reply : internalError(request, error)),
      headers: () => CORS_HEADERS,
    });
    return {
      url: server.url,
      close: async () => {
        closing.abort(new Error('the simulator stops'));
        await server.close();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Each path exists with and without the version; inside, only the versioned form is seen (dataverse-api.md 1.1). */
function toServerRoutes(dataverse: Installation, [method, path, handler, rules = {}]: ApiRoute): SimulatorRoute[] {
  const serve = (request: SimulatorRequest) => {
    if (path.startsWith('/admin/')) requireUnblockKey({ dataverse, request });
    if (rules.consumes && !isOfType(request, rules.consumes)) return unsupportedMediaType(request);
    const caller = rules.credentials === 'none' ? undefined : authenticate(dataverse, request);
    return handler({ dataverse, request, caller });
  };
  return [
    [method, `/api/v1${path}`, serve],
    [method, `/api${path}`, serve],
  ];
}

/** A request without a content type matches every one. */
function isOfType({ headers }: SimulatorRequest, mediaType: string): boolean {
  const given = headers['content-type'];
  return given === undefined || given.split(';', 1)[0]?.trim().toLowerCase() === mediaType;
}
