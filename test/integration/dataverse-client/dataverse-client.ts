import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { failureOf, type Prepared, prepareFolder } from '../prepared-folder.ts';

const CLIENT = '@iqss/dataverse-client-javascript';
/** The client needs p-limit without saying so; the versions after 3 cannot be loaded the way it does. */
const PACKAGES = [`${CLIENT}@2.2.0`, 'p-limit@3.1.0'];

/** Dataverse's client for JavaScript in a folder of its own, so that it is no dependency of the project; from npm's registry the first time. */
export function prepareDataverseClient(): Promise<Prepared> {
  return prepareFolder('dataverse-client', PACKAGES.join(), async (folder) => {
    const quietly = [
      '--ignore-scripts',
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ];
    const whyNot = await failureOf('npm', 'install', ...quietly, '--fetch-retries=1', '--prefix', folder, ...PACKAGES);
    return whyNot && `npm gives no ${CLIENT}; let npm reach a registry: ${whyNot}`;
  });
}

/** One thing that the client does, by the name it has there. */
interface UseCase {
  // biome-ignore lint/suspicious/noExplicitAny: its own types are not installed with the project; answers are looked into by the tests
  execute(...args: readonly unknown[]): Promise<any>;
}

type UseCaseName =
  | 'getDataset'
  | 'getDatasetLocks'
  | 'getDatasetUserPermissions'
  | 'getDatasetUploadLimits'
  | 'getDatasetFiles'
  | 'getDatasetFileCounts'
  | 'getDatasetFilesTotalDownloadSize'
  | 'getFile'
  | 'getFileAndDataset'
  | 'getFileUserPermissions'
  | 'getCurrentAuthenticatedUser'
  | 'getDataverseVersion';

/** What is used of the client. Its configuration is one for the whole process. */
export type DataverseClient = Readonly<Record<UseCaseName, UseCase>> & {
  readonly ApiConfig: {
    init(
      apiUrl: string,
      mechanism: 'api-key' | 'bearer-token',
      apiKey?: string,
      bearerTokenLocalStorageKey?: string,
    ): void;
  };
  readonly FileSearchCriteria: new (contentType?: string, accessStatus?: string) => object;
};

/** @param folder - where it is installed */
export async function loadDataverseClient(folder: string): Promise<DataverseClient> {
  const entry = join(folder, 'node_modules', CLIENT, 'dist', 'index.js');
  const loaded = (await import(pathToFileURL(entry).href)) as { default: DataverseClient };
  return loaded.default;
}
