import { InvalidRequestError, NotFoundError, UnauthenticatedError } from '../../../functions/domain/errors.ts';
import type { DatasetId, UserName } from '../../../functions/domain/ids.ts';
import type { ActingAs, DatasetReference, Dataverse, VersionFile } from '../../../functions/ports/dataverse.ts';
import { DATASET } from '../builders.ts';
import type { Accounts } from './dataverse-accounts.ts';

/** A file of a dataset, and the versions it is in. */
export interface StandingFile extends VersionFile {
  readonly datasetId: DatasetId;
  readonly isInDraft: boolean;
  /** Whether it is in the latest published version; such a file counts as published. */
  readonly isPublished: boolean;
  /** It stands in an earlier published version only. */
  readonly isOlder?: boolean;
}

/** What a test decides about versions and the files in them. */
export interface DataverseVersions {
  /** Files beside those that were registered by `addFiles`. */
  readonly standingFiles: StandingFile[];
  /** Whether the datasets have a draft; registering makes one. */
  hasDraft: boolean;
  /** The latest published version of the datasets, such as `1.0`; null before the first. */
  publishedVersion: string | null;
  /** Who, beside editors, may download what is restricted or unpublished: user names by file id. */
  readonly downloaders: Map<string, Set<UserName>>;
}

type VersionMethods = Pick<
  Dataverse,
  | 'listVersionFiles'
  | 'listOlderFiles'
  | 'listAllStorageIdentifiers'
  | 'findFile'
  | 'filePermissions'
  | 'latestVersionName'
>;

/** A published file that everybody may have, and what differs. */
export function aStandingFile(changes: Partial<StandingFile> = {}): StandingFile {
  return {
    datasetId: DATASET,
    fileId: '77',
    persistentId: null,
    storageIdentifier: 'globusm://1a2b3c4d5e6-00ff11ee22dd',
    label: 'a.dat',
    sizeBytes: 12,
    isRestricted: false,
    embargoEndsOn: null,
    retentionEndsOn: null,
    isInDraft: true,
    isPublished: true,
    ...changes,
  };
}

/** The calls on versions and files, with Dataverse's own view of who may download what (dataverse-api.md 4.10). */
export function createVersionMethods(options: {
  readonly accounts: Accounts;
  readonly versions: () => DataverseVersions;
  readonly find: (reference: DatasetReference) => { readonly datasetId: DatasetId };
  /** What `addFiles` registered, which stands in the draft. */
  readonly registered: () => readonly StandingFile[];
  readonly assertUp: (method: keyof Dataverse) => void;
}): VersionMethods {
  const { accounts, versions, find, assertUp } = options;
  const allFiles = () => [...versions().standingFiles, ...options.registered()];
  const isEditor = (actingAs: ActingAs) => {
    const account = accounts.behind(actingAs);
    return account !== undefined && (account.isSuperuser || account.isEditor);
  };

  const seesDrafts = (datasetId: DatasetId, actingAs: ActingAs) =>
    isEditor(actingAs) || accounts.previewOf(actingAs) === datasetId;

  return {
    async listVersionFiles(datasetId, version, actingAs) {
      assertUp('listVersionFiles');
      find({ kind: 'database-id', datasetId });
      const isDraft = version === ':draft';
      if (isDraft && !seesDrafts(datasetId, actingAs)) throw new UnauthenticatedError('Not permitted.');
      if (isDraft ? !versions().hasDraft : versions().publishedVersion === null) return undefined;
      return allFiles()
        .filter((file) => file.datasetId === datasetId && (isDraft ? file.isInDraft : file.isPublished))
        .map(({ datasetId: _datasetId, isInDraft, isPublished, isOlder, ...file }) => file);
    },
    async listOlderFiles(datasetId) {
      assertUp('listOlderFiles');
      find({ kind: 'database-id', datasetId });
      return allFiles()
        .filter((file) => file.datasetId === datasetId && file.isOlder)
        .map(({ datasetId: _datasetId, isInDraft, isOlder, ...file }) => ({ ...file, isPublished: true }));
    },
    async listAllStorageIdentifiers(datasetId) {
      assertUp('listAllStorageIdentifiers');
      find({ kind: 'database-id', datasetId });
      const files = allFiles().filter((file) => file.datasetId === datasetId);
      return new Set(files.map((file) => file.storageIdentifier));
    },
    async findFile(wanted) {
      assertUp('findFile');
      if ('fileId' in wanted) assertFileId(wanted.fileId);
      const found = allFiles().find((file) =>
        'fileId' in wanted ? file.fileId === wanted.fileId : file.persistentId === wanted.persistentId,
      );
      if (!found) return undefined;
      const { isInDraft, isOlder = false, ...file } = found;
      return { ...file, isPublished: file.isPublished || isOlder };
    },
    async filePermissions(fileId, actingAs) {
      assertUp('filePermissions');
      assertFileId(fileId);
      const account = accounts.behind(actingAs);
      const file = allFiles().find((each) => each.fileId === fileId);
      if (!file) throw new NotFoundError(`File with ID ${fileId} not found.`);
      const canEditOwnerDataset = isEditor(actingAs);
      // Embargo and retention are not looked at, as in Dataverse.
      const isForAll = file.isPublished && !file.isRestricted;
      const isAllowed = account !== undefined && versions().downloaders.get(fileId)?.has(account.userName) === true;
      const isPreviewed = accounts.previewOf(actingAs) === file.datasetId;
      return { canDownloadFile: isForAll || isAllowed || isPreviewed || canEditOwnerDataset, canEditOwnerDataset };
    },
    async latestVersionName(dataset, actingAs) {
      assertUp('latestVersionName');
      const { datasetId } = find(dataset);
      const { hasDraft, publishedVersion } = versions();
      if (hasDraft && seesDrafts(datasetId, actingAs)) return ':draft';
      if (publishedVersion !== null) return publishedVersion;
      throw new NotFoundError(`Dataset version :latest of dataset ${datasetId} not found`);
    },
  };
}

function assertFileId(fileId: string): void {
  if (!/^[0-9]+$/.test(fileId)) throw new InvalidRequestError(`Bad file ID number: ${fileId}.`);
}
