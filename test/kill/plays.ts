import { COLLECTION, PRINCIPAL, SOURCE_COLLECTION } from '../support/builders.ts';
import type { RunningStack } from '../support/local-stack.ts';
import {
  CURATOR_KEY,
  datasetUrl,
  type GrantedFile,
  type JsonReply,
  PUBLISHED_PID,
  postJson,
  READER_KEY,
  reportFiles,
} from '../support/upload-client.ts';
import type { Direction } from './moment.ts';
import { DOWNLOADED_FILES, FILES } from './source-files.ts';

/** One file of a transfer: where it is and where it goes to. */
export interface MovedFile {
  readonly source: string;
  readonly destination: string;
  /** Of an upload: minted for it. */
  readonly identifier?: string;
}

/** What uploads and downloads do each in their own way. */
export interface Play {
  readonly direction: Direction;
  readonly from: string;
  readonly to: string;
  /** Asks for access. @param headers - beside the caller's own */
  ask(headers: Record<string, string>): Promise<JsonReply>;
  /** The files of a grant, in the order of its answer. */
  filesOf(granted: JsonReply): readonly MovedFile[];
  report(taskId: string, files: readonly MovedFile[]): Promise<JsonReply>;
}

/** The researcher uploads the files into the draft, with the curator's key. */
export function playUpload(stack: RunningStack): Play {
  return {
    direction: 'upload',
    from: SOURCE_COLLECTION,
    to: COLLECTION,
    ask: (headers) =>
      postJson(
        datasetUrl(stack, 'requestGlobusUploadPaths'),
        { principal: PRINCIPAL, numberOfFiles: FILES.length },
        { 'X-Dataverse-key': CURATOR_KEY, ...headers },
      ),
    filesOf: ({ body }) =>
      Object.entries<string>(body.data).map(([identifier, destination], index) => ({
        source: FILES[index]?.sourcePath ?? '',
        destination,
        identifier,
      })),
    report: (taskId, files) =>
      reportFiles(
        stack,
        taskId,
        files.map(({ identifier = '', destination }, index): [GrantedFile, string] => [
          { identifier, path: destination },
          FILES[index]?.name ?? '',
        ]),
      ),
  };
}

/** The researcher downloads the published files, with the reader's key. */
export function playDownload(stack: RunningStack): Play {
  const key = { 'X-Dataverse-key': READER_KEY };
  return {
    direction: 'download',
    from: COLLECTION,
    to: SOURCE_COLLECTION,
    ask: (headers) =>
      postJson(
        datasetUrl(stack, 'requestGlobusDownload', PUBLISHED_PID),
        { principal: PRINCIPAL, fileIds: DOWNLOADED_FILES },
        { ...key, ...headers },
      ),
    filesOf: ({ body }) =>
      Object.entries<string>(body.data).map(([fileId, location]) => ({
        source: location.slice(COLLECTION.length),
        destination: `/kill/fetched-${fileId}`,
      })),
    report: (taskIdentifier) =>
      postJson(datasetUrl(stack, 'monitorGlobusDownload', PUBLISHED_PID), { taskIdentifier }, key),
  };
}
