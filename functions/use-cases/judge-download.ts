import { type Deciding, dayOf, whatDecides } from '../domain/download-permission.ts';
import type { FileReference } from '../domain/download-request.ts';
import { ForbiddenError, InvalidRequestError, NotFoundError } from '../domain/errors.ts';
import type { DatasetId } from '../domain/ids.ts';
import { isInStore } from '../domain/storage-identifier.ts';
import type { Store } from '../domain/store.ts';
import type { VersionFile } from '../domain/version-file.ts';
import type { ActingAs } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';
import { forEachAtOnce } from './for-each-at-once.ts';

type JudgePorts = Pick<Ports, 'clock' | 'dataverse'>;

export interface DownloadQuestion {
  readonly datasetId: DatasetId;
  readonly store: Pick<Store, 'storeId' | 'bucket'>;
  readonly actingAs: ActingAs;
  /** `refuse`: every file of the directory must be the caller's to read, since the rule is for all of it (T-10). */
  readonly mixedAccessPolicy: 'refuse' | 'allow';
}

/** Questions about single files under way at a time. */
const ASKED_AT_ONCE = 10;
/** Each restricted file is a question of its own, and a request has 29 s. */
const MOST_QUESTIONS = 1_000;

type StandingFile = VersionFile & { readonly isPublished: boolean };

/**
 * The files that a request names, in its order, each once, once it is proven that the caller may download them.
 * @throws NotFoundError, InvalidRequestError, ForbiddenError in Dataverse's words (dataverse-api.md 2.6); ForbiddenError when the dataset
 *   mixes access levels and policy refuses that
 */
export async function judgeDownload(
  ports: JudgePorts,
  question: DownloadQuestion,
  asked: readonly FileReference[],
): Promise<readonly VersionFile[]> {
  const { datasetId, store, actingAs, mixedAccessPolicy } = question;
  const all = await readFiles(ports, datasetId, { kind: 'service' });
  const byPersistentId = new Map([...all.values()].map((file) => [file.persistentId, file]));
  const wanted = new Map<string, StandingFile>();
  for (const reference of asked) {
    const listed = 'fileId' in reference ? all.get(reference.fileId) : byPersistentId.get(reference.persistentId);
    const file = listed ?? (await findElsewhere(ports, datasetId, reference));
    if (!isInStore(file.storageIdentifier, store)) {
      throw new InvalidRequestError(
        `File ${file.fileId} is not in the Globus store of this dataset and cannot be downloaded with Globus.`,
      );
    }
    wanted.set(file.fileId, file);
  }
  const isAllowed = judge(ports, datasetId, actingAs);
  await forEachAllowed([...wanted.values()], isAllowed, (file) => {
    throw new ForbiddenError(`User doesn't have permission to download file: ${file.fileId}`);
  });
  if (mixedAccessPolicy === 'refuse') {
    // What was taken out of the dataset still lies in its directory for as long as an older version shows it.
    const older = await ports.dataverse.listOlderFiles(datasetId);
    const others = [...all.values(), ...older.filter((file) => !all.has(file.fileId))].filter(
      (file) => !wanted.has(file.fileId) && isInStore(file.storageIdentifier, store),
    );
    await forEachAllowed(others, isAllowed, () => {
      throw new ForbiddenError(
        'This dataset also has files that you may not download, and Globus can give access to all of its files only. Ask the operators, or download the files one by one without Globus.',
      );
    });
  }
  return [...wanted.values()];
}

/**
 * The files of a dataset's store that a caller may download, as the dataset's listings show them to that caller.
 * @throws UnauthenticatedError when the dataset is not published and the caller may not see its draft
 */
export async function listDownloadable(
  ports: JudgePorts,
  question: Omit<DownloadQuestion, 'mixedAccessPolicy' | 'store'>,
  isInReach: (storageIdentifier: string) => boolean,
): Promise<readonly VersionFile[]> {
  const { datasetId, actingAs } = question;
  const isAllowed = judge(ports, datasetId, actingAs);
  const all = await readFiles(ports, datasetId, actingAs, await isAllowed.mayViewDraft());
  const inReach = [...all.values()].filter((file) => isInReach(file.storageIdentifier));
  const allowed = new Set<string>();
  await forEachAtOnce(inReach, ASKED_AT_ONCE, async (file) => {
    if (await isAllowed.for(file)) allowed.add(file.fileId);
  });
  return inReach.filter((file) => allowed.has(file.fileId));
}

/** Draft and latest published version as one; what either says of a restriction holds. */
async function readFiles(
  ports: JudgePorts,
  datasetId: DatasetId,
  actingAs: ActingAs,
  withDraft = true,
): Promise<ReadonlyMap<string, StandingFile>> {
  const [draft = [], published = []] = await Promise.all([
    withDraft ? ports.dataverse.listVersionFiles(datasetId, ':draft', actingAs) : undefined,
    ports.dataverse.listVersionFiles(datasetId, ':latest-published', actingAs),
  ]);
  const files = new Map<string, StandingFile>(published.map((file) => [file.fileId, { ...file, isPublished: true }]));
  for (const file of draft) {
    const known = files.get(file.fileId);
    const isRestricted = file.isRestricted || (known?.isRestricted ?? false);
    files.set(file.fileId, { ...file, isRestricted, isPublished: known !== undefined });
  }
  return files;
}

/** One that stands in an older version only is Dataverse's to find. */
async function findElsewhere(
  { dataverse }: Pick<Ports, 'dataverse'>,
  datasetId: DatasetId,
  reference: FileReference,
): Promise<StandingFile> {
  const file = await dataverse.findFile(reference);
  if (!file) {
    throw new NotFoundError(
      'fileId' in reference
        ? `File with ID ${reference.fileId} not found.`
        : `Datafile with Persistent ID ${reference.persistentId} not found.`,
    );
  }
  if (file.datasetId !== datasetId) throw new InvalidRequestError('All files must be in the dataset');
  return file;
}

interface Judge {
  for(file: StandingFile): Promise<boolean>;
  mayViewDraft(): Promise<boolean>;
}

/** Asks Dataverse each question once, as the caller. */
function judge({ clock, dataverse }: JudgePorts, datasetId: DatasetId, actingAs: ActingAs): Judge {
  const today = dayOf(clock.nowMilliseconds());
  let permissions: ReturnType<typeof dataverse.datasetPermissions> | undefined;
  let questions = 0;
  const ofDataset = () => {
    permissions ??= dataverse.datasetPermissions({ kind: 'database-id', datasetId }, actingAs);
    return permissions;
  };
  const ofFile = (fileId: string) => {
    questions += 1;
    if (questions > MOST_QUESTIONS) {
      throw new InvalidRequestError(
        `This dataset has more than ${MOST_QUESTIONS} restricted files, more than one request can ask about.`,
      );
    }
    return dataverse.filePermissions(fileId, actingAs);
  };
  const answers: Record<Deciding, (fileId: string) => Promise<boolean>> = {
    everybody: async () => true,
    nobody: async () => false,
    'may-view-draft': async () => (await ofDataset()).canViewUnpublishedDataset,
    'may-download-file': async (fileId) => (await ofFile(fileId)).canDownloadFile,
    'may-edit-dataset': async () => (await ofDataset()).canEditDataset,
  };
  return {
    for: (file) => answers[whatDecides(file, file.isPublished, today)](file.fileId),
    mayViewDraft: () => answers['may-view-draft'](''),
  };
}

async function forEachAllowed(
  files: readonly StandingFile[],
  judge: Judge,
  otherwise: (file: StandingFile) => void,
): Promise<void> {
  await forEachAtOnce(files, ASKED_AT_ONCE, async (file) => {
    if (!(await judge.for(file))) otherwise(file);
  });
}
