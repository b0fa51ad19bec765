import type { Stats } from 'node:fs';
import { lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import type { Permissions } from './access-rules.ts';
import { type GlobusContext, requireCollection, requireConsents, type TransferCaller, withCaller } from './context.ts';
import { fileTime, jsonObject, resultReply } from './documents.ts';
import { parseFilters, parseOrder } from './filter-clauses.ts';
import { decidePath } from './path-permission.ts';
import { canonicalPath, diskPath, PARTIAL_FILE_PREFIX } from './paths.ts';
import { wholeNumber } from './query-numbers.ts';
import { badRequest, permissionDenied, TransferError } from './transfer-error.ts';
import type { Caller, GlobusCollection } from './world.ts';

const LISTING_LIMIT = 100_000;

/** Calls that a collection answers at once (globus-api.md 2.2). */
export function fileOperationRoutes(context: GlobusContext): SimulatorRoute[] {
  const route = (handler: (caller: TransferCaller, request: SimulatorRequest) => Promise<SimulatorReply>) =>
    withCaller(context, async (caller, request) => {
      const delayMilliseconds = context.settings.operationDelayMilliseconds;
      if (delayMilliseconds > 0) await context.clock.waitUntil(context.clock.nowMilliseconds() + delayMilliseconds);
      return handler(caller, request);
    });
  return [
    [
      'POST',
      '/v0.10/operation/endpoint/{id}/mkdir',
      route((caller, request) => makeDirectory(context, caller, request)),
    ],
    ['GET', '/v0.10/operation/endpoint/{id}/ls', route((caller, request) => listDirectory(context, caller, request))],
    ['GET', '/v0.10/operation/endpoint/{id}/stat', route((caller, request) => statPath(context, caller, request))],
  ];
}

async function makeDirectory(
  context: GlobusContext,
  caller: TransferCaller,
  request: SimulatorRequest,
): Promise<SimulatorReply> {
  const collection = openCollection(context, caller, request);
  const path = parseMkdirPath(request);
  const target = allowedPath(context, collection, caller, path, 'rw');
  try {
    await mkdir(diskPath(context.collectionsDirectory, collection.id, target));
  } catch (error) {
    throw mkdirProblem(error, path);
  }
  return resultReply(request, 202, {
    DATA_TYPE: 'mkdir_result',
    code: 'DirectoryCreated',
    message: 'The directory was created successfully',
  });
}

async function listDirectory(
  context: GlobusContext,
  caller: TransferCaller,
  request: SimulatorRequest,
): Promise<SimulatorReply> {
  const collection = openCollection(context, caller, request);
  const { query } = request;
  const path = query.get('path') || collection.defaultDirectory;
  const limit = wholeNumber(query.get('limit'), LISTING_LIMIT, 'limit');
  const offset = wholeNumber(query.get('offset'), 0, 'offset');
  if (limit > LISTING_LIMIT) throw badRequest(`limit must be at most ${LISTING_LIMIT}`);
  const directory = diskPath(
    context.collectionsDirectory,
    collection.id,
    allowedPath(context, collection, caller, path, 'r'),
  );
  const filters = query.getAll('filter').flatMap((filter) => filter.split('/'));
  // Names are sorted out before the files are looked at: one file of a large directory is asked for often.
  const acceptsName = parseFilters(filters.filter((clause) => clause.startsWith('name:')));
  const names = (await readDirectory(directory, path)).filter((name) => acceptsName({ name }));
  const entries = await Promise.all(
    names.map(async (name) => {
      const status = await lstat(join(directory, name)).catch(() => undefined);
      return status ? fileDocument(name, status) : undefined;
    }),
  );
  const accepts = parseFilters(filters, ['last_modified']);
  const isHiddenShown = !['0', 'false'].includes(query.get('show_hidden') ?? '');
  const shown = entries
    .filter((entry) => entry !== undefined)
    .filter((entry) => (isHiddenShown || !entry.name.startsWith('.')) && accepts(entry))
    .sort(parseOrder(query.get('orderby'), 'name ASC'));
  const page = shown.slice(offset, offset + limit);
  return {
    status: 200,
    body: {
      DATA_TYPE: 'file_list',
      endpoint: collection.id,
      path: path.endsWith('/') ? path : `${path}/`,
      absolute_path: null,
      rename_supported: true,
      symlink_supported: true,
      length: page.length,
      total: shown.length,
      limit,
      offset,
      DATA: page,
    },
  };
}

async function statPath(
  context: GlobusContext,
  caller: TransferCaller,
  request: SimulatorRequest,
): Promise<SimulatorReply> {
  const collection = openCollection(context, caller, request);
  const path = request.query.get('path') ?? '/';
  const target = allowedPath(context, collection, caller, path, 'r');
  const name = target.slice(target.lastIndexOf('/') + 1);
  const file = diskPath(context.collectionsDirectory, collection.id, target);
  const status = name.startsWith(PARTIAL_FILE_PREFIX) ? undefined : await stat(file).catch(() => undefined);
  if (!status) throw new TransferError(404, 'NotFound', `Path '${path}' not found`);
  return { status: 200, body: fileDocument(name || '/', status) };
}

/** The collection of the call, if the caller's application may look into it. */
function openCollection(context: GlobusContext, caller: TransferCaller, request: SimulatorRequest): GlobusCollection {
  const collection = requireCollection(context, request.params['id'] ?? '');
  requireConsents(context, caller, [collection]);
  return collection;
}

/** The canonical path, if the caller may use it now; else the refusals of globus-api.md 2.2. */
function allowedPath(
  context: GlobusContext,
  collection: GlobusCollection,
  caller: Caller,
  path: string,
  wanted: Permissions,
): string {
  const canonical = canonicalPath(path);
  if (canonical === undefined) throw new TransferError(400, 'InvalidPath', `'${path}' is not a valid path`);
  switch (decidePath(context.rules, collection, caller, canonical, wanted)) {
    case 'allowed':
      return canonical;
    case 'no-rules':
      throw permissionDenied(`No effective ACL rules on the endpoint '${collection.id}'`);
    case 'not-yours':
      throw permissionDenied(`You do not have permission to use the endpoint '${collection.id}'`);
    case 'path-not-allowed': {
      const message = `Denied by endpoint, Command Failed: Error (${wanted === 'r' ? 'list' : 'write'}) Path not allowed`;
      throw new TransferError(403, 'EndpointPermissionDenied', message);
    }
    case 'not-connected':
      throw new TransferError(502, 'ExternalError.DirListingFailed.GCDisconnected', 'Globus Connect is not connected');
  }
}

function parseMkdirPath(request: SimulatorRequest): string {
  try {
    const { path } = jsonObject(request.body);
    if (typeof path === 'string') return path;
  } catch {
    // Falls through to the same refusal.
  }
  throw badRequest('mkdir needs a JSON document with a path');
}

async function readDirectory(directory: string, path: string): Promise<string[]> {
  try {
    const names = await readdir(directory);
    if (names.length > LISTING_LIMIT)
      throw new TransferError(502, 'ExternalError.DirListingFailed', `Directory limit of ${LISTING_LIMIT} reached`);
    return names.filter((name) => !name.startsWith(PARTIAL_FILE_PREFIX));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new TransferError(404, 'ClientError.NotFound', `Directory '${path}' not found`);
    if (code === 'ENOTDIR')
      throw new TransferError(502, 'ExternalError.DirListingFailed.NotDirectory', `'${path}' is not a directory`);
    if (code === 'EACCES')
      throw new TransferError(502, 'ExternalError.DirListingFailed.PermissionDenied', `Permission denied on '${path}'`);
    throw error;
  }
}

function mkdirProblem(error: unknown, path: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EEXIST':
      return new TransferError(
        502,
        'ExternalError.MkdirFailed.Exists',
        `Path already exists, Error Path '${path}' already exists`,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new TransferError(
        502,
        'ExternalError.MkdirFailed',
        `Command Failed: Error (mkdir) '${path}': No such file or directory`,
      );
    case 'EACCES':
      return new TransferError(
        403,
        'ExternalError.MkdirFailed.PermissionDenied',
        `Permission denied, Error Path '${path}'`,
      );
    default:
      return error;
  }
}

function fileDocument(name: string, status: Stats) {
  return {
    DATA_TYPE: 'file',
    name,
    type: typeOf(status),
    size: status.size,
    last_modified: fileTime(status.mtimeMs),
    permissions: (status.mode & 0o7777).toString(8).padStart(4, '0'),
    user: 'globus',
    group: 'globus',
    link_target: null,
    link_size: null,
    link_user: null,
    link_group: null,
    link_last_modified: null,
  };
}

function typeOf(status: Stats): string {
  if (status.isDirectory()) return 'dir';
  if (status.isFile()) return 'file';
  return status.isSymbolicLink() ? 'invalid_symlink' : 'other';
}
