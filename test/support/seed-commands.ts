import type { RunningStack } from './local-stack.ts';
import { dataverseControl } from './stack-control.ts';
import { CURATOR_KEY, call, type JsonReply } from './upload-client.ts';

/** Dataset 29, of whose parameters and paths the document shows the answers. */
export const UPLOAD_PID = 'doi:10.5072/FK2/ILLPXE';
/** Dataset 30, the `PERSISTENT_IDENTIFIER` of the document's commands, whose files 60 and 61 it downloads. */
export const DOWNLOAD_PID = 'doi:10.5072/FK2/7U7YBV';
/** Dataset 31, of references. */
export const REFERENCE_PID = 'doi:10.5072/FK2/REFERS';
/** Dataset 32, in S3 behind Globus. */
export const S3_PID = 'doi:10.5072/FK2/S3MANA';
/** The file that the document refers to: `<collection><path>`. */
export const REFERENCED_FILE = 'd8c42580-6528-4605-9ad8-116a61982644/hdc1/test1.txt';

/** One of the document's commands: `curl -H "X-Dataverse-key:$API_TOKEN" … "$SERVER_URL/api/datasets/:persistentId/<operation>?persistentId=…"`. */
export interface SeedCommand {
  readonly operation: string;
  readonly persistentId: string;
  /** What follows the persistent id in the query, such as `&locale=en`. */
  readonly query?: string;
  /** `-X POST -d "$JSON_DATA"` with the header `Content-type:application/json`. */
  readonly json?: unknown;
  /** `-X POST -F "jsonData=$JSON_DATA"`. */
  readonly jsonData?: unknown;
}

/** Sends a command as curl does. The document's `\` before each line end of `JSON_DATA` belong to its typesetting, not to the JSON. */
export function curl(stack: RunningStack, command: SeedCommand): Promise<JsonReply> {
  const { operation, persistentId, query = '' } = command;
  const url = `${stack.apiUrl}/api/datasets/:persistentId/${operation}?persistentId=${persistentId}${query}`;
  return send(url, command, { 'X-Dataverse-key': CURATOR_KEY });
}

/** The same call by a signed URL, without the key. */
export function curlSigned(url: string, command: Pick<SeedCommand, 'json' | 'jsonData'> = {}): Promise<JsonReply> {
  return send(url, command, {});
}

function send(url: string, { json, jsonData }: Pick<SeedCommand, 'json' | 'jsonData'>, key: Record<string, string>) {
  if (jsonData !== undefined) {
    const form = new FormData();
    form.set('jsonData', JSON.stringify(jsonData));
    return call(url, { method: 'POST', headers: key, body: form });
  }
  if (json === undefined) return call(url, { headers: key });
  const headers = { ...key, 'Content-type': 'application/json' };
  return call(url, { method: 'POST', headers, body: JSON.stringify(json) });
}

/** The signed URL of a name among those of a parameters answer. @throws Error when there is none */
export function signedUrl(parameters: JsonReply, name: string): string {
  const found = parameters.body.data.signedUrls.find((each: { name: string }) => each.name === name);
  if (!found) throw new Error(`no URL ${name} in ${JSON.stringify(parameters.body)}`);
  return found.signedUrl;
}

/** Names of the signed URLs, in their order. */
export function urlNames(parameters: JsonReply): string[] {
  return parameters.body.data.signedUrls.map((each: { name: string }) => each.name);
}

/** Asks for the parameters of an upload, in English. */
export function uploadParameters(stack: RunningStack, persistentId = UPLOAD_PID): Promise<JsonReply> {
  return curl(stack, { operation: 'globusUploadParameters', persistentId, query: '&locale=en' });
}

/** Asks for the parameters of a download, in English unless told. */
export function downloadParameters(stack: RunningStack, query = '&locale=en'): Promise<JsonReply> {
  return curl(stack, { operation: 'globusDownloadParameters', persistentId: DOWNLOAD_PID, query });
}

/** The same after files were chosen on Dataverse's page, which mints a download id. */
export async function launchedParameters(stack: RunningStack, fileIds: readonly number[]): Promise<JsonReply> {
  const launch = { direction: 'download', datasetId: 30, user: 'curator', fileIds };
  const { body } = await dataverseControl(stack, '/launches', launch);
  return downloadParameters(stack, `&locale=en&downloadId=${body.downloadId}`);
}

export function requestUploadPaths(stack: RunningStack, json: unknown, persistentId = UPLOAD_PID): Promise<JsonReply> {
  return curl(stack, { operation: 'requestGlobusUploadPaths', persistentId, json });
}

export function addGlobusFiles(stack: RunningStack, jsonData: unknown): Promise<JsonReply> {
  return curl(stack, { operation: 'addGlobusFiles', persistentId: UPLOAD_PID, jsonData });
}

export function requestDownload(stack: RunningStack, json: unknown, persistentId = DOWNLOAD_PID): Promise<JsonReply> {
  return curl(stack, { operation: 'requestGlobusDownload', persistentId, json });
}

export function monitorDownload(stack: RunningStack, json: unknown): Promise<JsonReply> {
  return curl(stack, { operation: 'monitorGlobusDownload', persistentId: DOWNLOAD_PID, json });
}
