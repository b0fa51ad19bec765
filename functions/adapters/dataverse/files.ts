import * as z from 'zod/mini';
import { InvalidRequestError, NotFoundError, UnavailableError } from '../../domain/errors.ts';
import { type DatasetId, parseDatasetId } from '../../domain/ids.ts';
import type { ActingAs, Dataverse, VersionFile } from '../../ports/dataverse.ts';
import type { CallDataverse } from './dataverse-call.ts';
import { withQuery } from './query.ts';
import { dataIn } from './reply.ts';
import { type Version, versionDocument, versionNameOf } from './versions.ts';

const SERVICE: ActingAs = { kind: 'service' };

const fileDocument = z.object({
  label: z.nullish(z.string()),
  restricted: z.boolean(),
  dataFile: z.object({
    id: z.number(),
    persistentId: z.nullish(z.string()),
    filename: z.nullish(z.string()),
    filesize: z.nullish(z.number()),
    storageIdentifier: z.string().check(z.minLength(1)),
    publicationDate: z.nullish(z.string()),
    embargo: z.nullish(z.object({ dateAvailable: z.string() })),
    retention: z.nullish(z.object({ dateUnavailable: z.string() })),
  }),
});

const fileOfVersionDocument = z.extend(fileDocument, {
  datasetVersion: z.object({ datasetId: z.number(), versionState: z.nullish(z.string()) }),
});
const totalDocument = z.object({ totalCount: z.nullish(z.number()) });
const permissionsDocument = z.object({ canDownloadFile: z.boolean(), canEditOwnerDataset: z.boolean() });

type FileMethods = Pick<
  Dataverse,
  | 'listVersionFiles'
  | 'listOlderFiles'
  | 'hasPackageFile'
  | 'listAllStorageIdentifiers'
  | 'findFile'
  | 'filePermissions'
>;

/** Marks the one file of a dataset whose bytes came as a package (dataverse-api.md 2.3). */
const PACKAGE_FILE = 'application/vnd.dataverse.file-package';
const VERSIONS_AT_ONCE = 5;

/** The calls that read files (dataverse-api.md 4.3, 4.9, 4.10). */
export function createFileMethods(options: {
  readonly call: CallDataverse;
  /** Of a list of all files of a version. */
  readonly listMilliseconds: number;
}): FileMethods {
  const { call } = options;
  const read = (name: string, target: string, actingAs: ActingAs, limitMilliseconds?: number) =>
    call({
      name,
      method: 'GET',
      target,
      actingAs,
      repeat: 'read',
      ...(limitMilliseconds === undefined ? {} : { limitMilliseconds }),
    });

  /** All files of a version, or it throws. Without a limit the answer is everything at one moment. */
  const filesOf = async (
    datasetId: DatasetId,
    version: string,
    actingAs: ActingAs,
    query: Readonly<Record<string, string>> = {},
  ): Promise<readonly VersionFile[]> => {
    const what = `the files of version ${version} of dataset ${datasetId}`;
    const target = withQuery(`/api/v1/datasets/${datasetId}/versions/${version}/files`, query);
    const result = await read('listVersionFiles', target, actingAs, options.listMilliseconds);
    const files = dataIn(result, z.array(fileDocument), what);
    const total = result.kind === 'reply' ? z.safeParse(totalDocument, result.json).data?.totalCount : undefined;
    if (total != null && total > files.length) {
      throw new UnavailableError(`Dataverse's answer to ${what} is a part: ${files.length} of ${total}.`);
    }
    return files.map(toVersionFile);
  };

  /** All versions, the newest first, withdrawn ones among them. */
  const versionsOf = async (datasetId: DatasetId): Promise<readonly Version[]> => {
    const target = withQuery(`/api/v1/datasets/${datasetId}/versions`, { excludeFiles: 'true' });
    const result = await read('listVersions', target, SERVICE, options.listMilliseconds);
    const versions = dataIn(result, z.array(versionDocument), `the versions of dataset ${datasetId}`);
    // A dataset has a version from its first moment on: an empty list is no answer that anything could be decided by.
    if (versions.length === 0) throw new UnavailableError(`Dataverse names no version of dataset ${datasetId}.`);
    return versions;
  };

  /** Something of each file of these versions. */
  const inAll = async <Value>(
    datasetId: DatasetId,
    versions: readonly Version[],
    pick: (file: VersionFile, version: Version) => Value,
  ): Promise<readonly Value[]> => {
    const values: Value[] = [];
    for (let at = 0; at < versions.length; at += VERSIONS_AT_ONCE) {
      const some = versions.slice(at, at + VERSIONS_AT_ONCE).map(async (version) => {
        const files = await filesOf(datasetId, versionNameOf(version), SERVICE, { includeDeaccessioned: 'true' });
        return files.map((file) => pick(file, version));
      });
      values.push(...(await Promise.all(some)).flat());
    }
    return values;
  };

  return {
    async listVersionFiles(datasetId, version, actingAs) {
      try {
        return await filesOf(datasetId, version, actingAs);
      } catch (error) {
        // The words for a missing version; those for a missing dataset begin otherwise.
        if (error instanceof NotFoundError && error.message.startsWith('Dataset version ')) return undefined;
        throw error;
      }
    },

    async listOlderFiles(datasetId) {
      const versions = (await versionsOf(datasetId)).filter((version) => version.versionState !== 'DRAFT');
      const latest = versions.find((version) => version.versionState === 'RELEASED');
      return inAll(
        datasetId,
        versions.filter((version) => version !== latest),
        (file, { versionState }) => ({ ...file, isPublished: versionState === 'RELEASED' }),
      );
    },

    async hasPackageFile(datasetId) {
      return (await filesOf(datasetId, ':latest', SERVICE, { contentType: PACKAGE_FILE })).length > 0;
    },

    async listAllStorageIdentifiers(datasetId) {
      const versions = await versionsOf(datasetId);
      return new Set(await inAll(datasetId, versions, ({ storageIdentifier }) => storageIdentifier));
    },

    async findFile(file) {
      const result = await read('findFile', withQuery(fileTarget(file), { returnDatasetVersion: 'true' }), SERVICE);
      try {
        const found = dataIn(result, fileOfVersionDocument, 'the file');
        const { datasetId, versionState } = found.datasetVersion;
        // A file keeps its day of publication when the versions that it stands in are withdrawn.
        const isPublished = Boolean(found.dataFile.publicationDate) && versionState !== 'DEACCESSIONED';
        return { ...toVersionFile(found), datasetId: parseDatasetId(datasetId), isPublished };
      } catch (error) {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      }
    },

    async filePermissions(fileId, actingAs) {
      const target = `/api/v1/access/datafile/${checkedFileId(fileId)}/userPermissions`;
      return dataIn(await read('filePermissions', target, actingAs), permissionsDocument, 'the file permissions');
    },
  };
}

function fileTarget(file: Parameters<Dataverse['findFile']>[0]): string {
  return 'fileId' in file
    ? `/api/v1/files/${checkedFileId(file.fileId)}`
    : withQuery('/api/v1/files/:persistentId', { persistentId: file.persistentId });
}

/** Nothing but digits goes into a path. @throws InvalidRequestError in Dataverse's words (dataverse-api.md 1.2) */
function checkedFileId(fileId: string): string {
  if (!/^[0-9]{1,19}$/.test(fileId)) throw new InvalidRequestError(`Bad file ID number: ${fileId.slice(0, 80)}.`);
  return fileId;
}

function toVersionFile({ label, restricted, dataFile }: z.infer<typeof fileDocument>): VersionFile {
  return {
    fileId: String(dataFile.id),
    persistentId: dataFile.persistentId || null,
    storageIdentifier: dataFile.storageIdentifier,
    label: label ?? dataFile.filename ?? '',
    sizeBytes: dataFile.filesize ?? -1,
    isRestricted: restricted,
    embargoEndsOn: dataFile.embargo?.dateAvailable ?? null,
    retentionEndsOn: dataFile.retention?.dateUnavailable ?? null,
  };
}
