import { randomUUID } from 'node:crypto';
import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { signingKeyOf } from './authentication.ts';
import { persistentIdOf } from './dataset-records.ts';
import type { FileRecord } from './file-records.ts';
import type { Installation } from './installation.ts';
import { isLockType } from './lock-records.ts';
import { latestVersion } from './lookups.ts';
import { signUrl } from './signed-urls.ts';
import type { UserChange } from './user-records.ts';
import type { DatasetPermission } from './world.ts';

type Body = Readonly<Record<string, unknown>>;
type ControlHandler = (body: Body, request: SimulatorRequest) => unknown;

/** The `/_control` interface, described in this folder's README. A body that does not fit is a 400 with a sentence. */
export function controlRoutes(dataverse: Installation): SimulatorRoute[] {
  const { switches, locks, users, files } = dataverse;
  const routes: [method: string, path: string, handler: ControlHandler][] = [
    ['GET', '/state', () => stateOf(dataverse)],
    [
      'POST',
      '/register-delay',
      (body) => {
        switches.millisecondsPerRegisteredFile = numberIn(body, 'millisecondsPerFile');
      },
    ],
    ['POST', '/locks', (body) => ({ placed: locks.place({ ...lockIn(dataverse, body), ...lockExtras(body) }) })],
    [
      'DELETE',
      '/locks',
      (body) => {
        const { datasetId, lockType } = lockIn(dataverse, body);
        return { removed: locks.remove(datasetId, lockType) };
      },
    ],
    [
      'POST',
      '/files/errors',
      (body) => {
        const storageIdentifier = textIn(body, 'storageIdentifier');
        const message = textIn(body, 'message');
        switches.fileErrors.push({ storageIdentifier, message, remaining: timesIn(body) });
      },
    ],
    [
      'POST',
      '/files/{id}',
      (body, request) => files.changeAccess(Number(request.params['id']), body as Partial<FileRecord>),
    ],
    [
      'POST',
      '/add-files',
      (body) => {
        const mode = oneOf(body, 'mode', ['normal', 'fail-after-effect']);
        switches.failuresAfterAdding = mode === 'normal' ? 0 : timesIn(body);
      },
    ],
    [
      'POST',
      '/storage-driver-form',
      (body) => {
        switches.storageDriverForm = oneOf(body, 'form', ['6.5', '6.9']);
      },
    ],
    [
      'POST',
      '/upload-limits',
      (body) => {
        switches.uploadLimitsEnabled = body['enabled'] === true;
      },
    ],
    ['POST', '/users', (body) => changeUser(dataverse, body)],
    ['POST', '/datasets/{id}/delete', (_body, request) => dataverse.datasets.remove(Number(request.params['id']))],
    ['POST', '/settings', (body) => dataverse.datasets.setSetting(textIn(body, 'name'), textOrNull(body, 'value'))],
    ['POST', '/launches', (body) => launch(dataverse, body)],
    [
      'POST',
      '/globus-url',
      (body) => {
        dataverse.globusUrl = textOrNull(body, 'url') ?? undefined;
      },
    ],
  ];
  return routes.map(([method, path, handler]) => [method, `/_control${path}`, (request) => run(handler, request)]);

  function lockExtras(body: Body) {
    const userName = textIn(body, 'user');
    if (!users.byName(userName)) throw new Error(`user: nobody is called ${userName}`);
    return { userName, message: (body['message'] as string) ?? null };
  }
}

function run(handler: ControlHandler, request: SimulatorRequest): SimulatorReply {
  try {
    const body: unknown = JSON.parse(request.body.toString('utf8') || '{}');
    if (typeof body !== 'object' || body === null) throw new Error('expected a JSON object');
    return { status: 200, body: handler(body as Body, request) ?? {} };
  } catch (error) {
    return { status: 400, body: { message: (error as Error).message } };
  }
}

function stateOf(dataverse: Installation) {
  const { switches, clock, datasets, files, locks } = dataverse;
  return {
    now: new Date(clock.nowMilliseconds()).toISOString(),
    globusUrl: dataverse.globusUrl ?? null,
    switches,
    datasets: datasets.all().map((dataset) => {
      const latest = latestVersion(dataverse, dataset.id, 'any');
      return {
        id: dataset.id,
        persistentId: persistentIdOf(dataset),
        storeId: dataset.storeId,
        versionState: latest?.state,
        locks: locks.of(dataset.id),
        files: latest ? files.inVersion(latest.id) : [],
      };
    }),
  };
}

function lockIn(dataverse: Installation, body: Body) {
  const datasetId = numberIn(body, 'datasetId');
  if (!dataverse.datasets.byId(datasetId)) throw new Error(`datasetId: there is no dataset ${datasetId}`);
  const lockType = textIn(body, 'lockType');
  if (!isLockType(lockType)) throw new Error(`lockType: there is no lock type ${lockType}`);
  return { datasetId, lockType, placedAtMilliseconds: dataverse.clock.nowMilliseconds() };
}

/** `{name, apiToken?, tokenExpiresAt?, tokenDisabled?, deactivated?, superuser?, permissions?: {<dataset id>: [...]}}`. */
function changeUser({ users }: Installation, body: Body) {
  const name = textIn(body, 'name');
  if (!users.byName(name)) throw new Error(`name: nobody is called ${name}`);
  const flag = (member: string) => (body[member] === true ? 1 : 0);
  const expiresAt = 'tokenExpiresAt' in body ? textOrNull(body, 'tokenExpiresAt') : undefined;
  const change: UserChange = {
    ...('apiToken' in body ? { apiToken: textOrNull(body, 'apiToken') } : {}),
    ...(expiresAt === undefined
      ? {}
      : { tokenExpiresAtMilliseconds: expiresAt === null ? null : momentOf(expiresAt, 'tokenExpiresAt') }),
    ...('tokenDisabled' in body ? { tokenDisabled: flag('tokenDisabled') } : {}),
    ...('deactivated' in body ? { deactivated: flag('deactivated') } : {}),
    ...('superuser' in body ? { superuser: flag('superuser') } : {}),
  };
  users.change(name, change);
  for (const [datasetId, permissions] of Object.entries((body['permissions'] as object | undefined) ?? {})) {
    users.setPermissions(name, Number(datasetId), permissions as DatasetPermission[]);
  }
}

/**
 * What the web page does when somebody starts the transfer app (dataverse-api.md 3.4): the callback it hands over, signed
 * for five minutes, plain for guests; and for downloads the list of files behind a new download id.
 */
function launch(dataverse: Installation, body: Body) {
  const direction = oneOf(body, 'direction', ['upload', 'download']);
  const datasetId = numberIn(body, 'datasetId');
  const userName = textOrNull(body, 'user');
  const user = userName === null ? undefined : dataverse.users.byName(userName);
  const now = dataverse.clock.nowMilliseconds();
  const downloadId = direction === 'download' ? randomUUID() : undefined;
  if (downloadId) {
    const keptMinutes = dataverse.configuration.globusCacheMaxAgeMinutes + 5;
    const fileIds = (body['fileIds'] as number[] | undefined) ?? [];
    dataverse.downloads.set(downloadId, { fileIds, expiresAtMilliseconds: now + keptMinutes * 60_000 });
  }
  const name = direction === 'upload' ? 'globusUploadParameters' : 'globusDownloadParameters';
  const query = `locale=en${downloadId ? `&downloadId=${downloadId}` : ''}`;
  const baseUrl = `${dataverse.siteUrl}/api/v1/datasets/${datasetId}/${name}?${query}`;
  const key = user && signingKeyOf(dataverse, user);
  const order = { baseUrl, timeOutMinutes: 5, user: user?.name ?? '', httpMethod: 'GET' };
  const callbackUrl = key === undefined ? baseUrl : signUrl(order, key, now);
  const callback = Buffer.from(callbackUrl).toString('base64');
  return { callbackUrl, callback, ...(downloadId ? { downloadId } : {}) };
}

function textIn(body: Body, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new Error(`${name}: expected a text`);
  return value;
}

function textOrNull(body: Body, name: string): string | null {
  return body[name] === null || body[name] === undefined ? null : textIn(body, name);
}

function numberIn(body: Body, name: string): number {
  const value = body[name];
  if (typeof value !== 'number') throw new Error(`${name}: expected a number`);
  return value;
}

/** `times`, 1 when absent; null means always. */
function timesIn(body: Body): number | null {
  return body['times'] === null ? null : body['times'] === undefined ? 1 : numberIn(body, 'times');
}

function oneOf<const T extends string>(body: Body, name: string, allowed: readonly T[]): T {
  const value = allowed.find((each) => each === body[name]);
  if (value === undefined) throw new Error(`${name}: expected one of ${allowed.join(', ')}`);
  return value;
}

function momentOf(text: string, name: string): number {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw new Error(`${name}: expected a moment such as 2026-02-03T04:05:06Z`);
  return milliseconds;
}
