import { COLLECTION, SOURCE_COLLECTION } from '../support/builders.ts';
import type { RunningStack } from '../support/local-stack.ts';
import { dataverseControl, transferOf } from '../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  DRAFT_PID,
  datasetUrl,
  PUBLISHED_PID,
  postJson,
  putSourceFile,
  requestPaths,
  SERVICE_KEY,
  submit,
  submitTransfer,
} from '../support/upload-client.ts';
import type { WireReply, WireRequest } from './fuzz-request.ts';

/** What the marks of made-up requests stand for: what a stack gave out lately. */
export interface KnownThings {
  meaningOf(kind: string, name: string): string | undefined;
  /** Takes what a reply gave out. */
  learn(request: WireRequest, reply: WireReply): void;
  /** Makes new ones: grants, tasks that really run, signed URLs of now. */
  renew(): Promise<void>;
}

/** So many of each kind; older ones are forgotten. */
const MOST_KEPT = 8;
/** Draft, published, and on S3. */
const UPLOADED_TO = [DRAFT_PID, PUBLISHED_PID, 'doi:10.5072/FK2/S3MANA'];
const BEARER = 'fuzz.bearer.token';
const SOURCE_FILE = '/fuzz/a.bin';
/** Takes a few seconds at the speed that the run gives to each task. */
const SOURCE_BYTES = 60_000;
const OPERATIONS = ['requestGlobusUploadPaths', 'addGlobusFiles', 'requestGlobusDownload', 'monitorGlobusDownload'];

/** @throws Error when the stack does not give what it should even to a good client */
export async function knowThings(stack: RunningStack): Promise<KnownThings> {
  const lists = new Map<string, string[]>();
  let renewals = 0;
  const keep = (kind: string, ...values: readonly string[]) =>
    lists.set(kind, [...values.toReversed(), ...(lists.get(kind) ?? [])].slice(0, MOST_KEPT));

  await putSourceFile(stack, SOURCE_FILE, 'x'.repeat(SOURCE_BYTES));
  await dataverseControl(stack, '/bearer-auth', { enabled: true });
  await dataverseControl(stack, '/bearer-tokens', { token: BEARER, user: 'curator' });
  keep('bearer', BEARER);
  const privateUrl = await dataverseControl(stack, '/private-urls', { datasetId: 29, anonymized: false });
  keep('preview', String(privateUrl.body.token));
  const launch = { direction: 'download', datasetId: 30, user: 'curator', fileIds: [60, 61] };
  const launched = await dataverseControl(stack, '/launches', launch);
  keep('download', /downloadId=([0-9a-f-]+)/.exec(JSON.stringify(launched.body))?.[1] ?? '');

  const things: KnownThings = {
    meaningOf(kind, name) {
      const list = lists.get(/^\d+$/.test(name) ? kind : `${kind} ${name}`) ?? [];
      return list[Number(name) % list.length] ?? list[0];
    },
    learn({ target }, { status, body }) {
      if (status !== 200 || !target.includes('/requestGlobusUploadPaths')) return;
      const { data } = JSON.parse(body) as { data: Record<string, string> };
      for (const [identifier, path] of Object.entries(data).slice(0, 2)) learnIdentifier(keep, identifier, path);
    },
    async renew() {
      const number = ++renewals;
      await learnSignedUrls(stack, keep);
      await startUpload(stack, keep, UPLOADED_TO[number % UPLOADED_TO.length]);
      const taskId = await submit(stack, 'transfer', downloadDocument(number));
      keep('task', taskId);
      keep('download-task', taskId);
    },
  };
  await things.renew();
  await things.renew();
  return things;
}

type Keep = (kind: string, ...values: readonly string[]) => void;

/** The transfer of an identifier; the path tells the dataset. */
function learnIdentifier(keep: Keep, identifier: string, path: string): void {
  keep('identifier', identifier);
  keep('transfer', transferOf(identifier, datasetOf(path)));
}

function datasetOf(path: string): string {
  return path.includes('7U7YBV') ? '30' : path.includes('S3MANA') ? '32' : '29';
}

/** A grant and a task that brings its first file, which nobody reports: what belongs together has one number. */
async function startUpload(stack: RunningStack, keep: Keep, persistentId: string | undefined): Promise<void> {
  const granted = await requestPaths(stack, 2, persistentId);
  const [first] = Object.entries<string>(granted.body.data ?? {});
  if (!first) return;
  const [identifier, path] = first;
  learnIdentifier(keep, identifier, path);
  const taskId = await submitTransfer(stack, [[SOURCE_FILE, path]]);
  keep('task', taskId);
  keep('upload-task', taskId);
  keep('upload-identifier', identifier);
  keep('upload-dataset', datasetOf(path));
  keep('upload-transfer', transferOf(identifier, datasetOf(path)));
}

async function learnSignedUrls(stack: RunningStack, keep: Keep): Promise<void> {
  const headers = { 'X-Dataverse-key': CURATOR_KEY };
  const calls = [
    datasetUrl(stack, 'globusUploadParameters'),
    datasetUrl(stack, 'globusDownloadParameters', PUBLISHED_PID),
  ];
  for (const url of calls) {
    const reply = await call(url, { headers });
    for (const { signedUrl } of reply.body.data?.signedUrls ?? []) {
      const operation = /\/(\w+)\?/.exec(signedUrl)?.[1];
      if (operation && OPERATIONS.includes(operation)) keep(`url ${operation}`, withoutOrigin(signedUrl));
    }
  }
  for (const operation of [...OPERATIONS, 'globusUploadParameters', 'globusDownloadParameters']) {
    const httpMethod = operation.endsWith('Parameters') ? 'GET' : 'POST';
    const datasetId = /ownload/.test(operation) ? 30 : 29;
    const url = `${stack.apiUrl}/api/v1/datasets/${datasetId}/${operation}`;
    const order = { url, timeOut: 60, httpMethod, user: 'curator' };
    const reply = await postJson(`${stack.apiUrl}/api/admin/requestSignedUrl`, order, {
      'X-Dataverse-key': SERVICE_KEY,
    });
    const signed = withoutOrigin(String(reply.body.data.signedUrl));
    keep(`dataverse-url ${operation}`, signed);
    if (httpMethod === 'GET') keep(`url ${operation}`, signed);
  }
}

function withoutOrigin(url: string): string {
  return url.replace(/^https?:\/\/[^/]+/, '');
}

/** A task from the managed collection to the researcher's own. Globus takes no second one of the same paths while the first lives. */
function downloadDocument(number: number): object {
  const item = {
    DATA_TYPE: 'transfer_item',
    source_path: '/hdc1/10.5072/FK2/7U7YBV/18bf3af9c78-92b8e168090e',
    destination_path: `/fuzz/downloaded-${number}`,
    recursive: false,
  };
  return { source_endpoint: COLLECTION, destination_endpoint: SOURCE_COLLECTION, DATA: [item] };
}
