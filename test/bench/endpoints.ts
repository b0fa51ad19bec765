import {
  CURATOR_KEY,
  call,
  datasetUrl,
  type GrantedFile,
  type JsonReply,
  putSourceFile,
  reportFiles,
  requestPaths,
  submitTransfer,
} from '../support/upload-client.ts';
import type { Part } from './figure.ts';
import { type LoadFigures, measureLoad } from './load.ts';
import { addDatasets } from './many-datasets.ts';
import { type MeasuredStack, withStack } from './measured-stack.ts';

const AT_ONCE = [1, 8];
/** Requests of each kind at each concurrency; each grant and report needs a dataset and a task of its own. */
const READS = 400;
const UPLOADS = 60;
/** Before the first that counts: handlers are loaded when first called. */
const WARM_UP = 5;
const ENVIRONMENT = {
  // Nothing ends meanwhile: no lease, and no task, whose files would be registered.
  LEASE_SECONDS: '86400',
  GLOBUS_BYTES_PER_SECOND: '1',
};
const SOURCE = '/bench.dat';

/** An upload to a dataset of its own, as far as it has come. */
interface Upload {
  readonly persistentId: string;
  granted?: GrantedFile;
  taskId?: string;
}

/** One request, and the status that it must be answered with. */
interface Endpoint {
  readonly name: string;
  readonly requests: number;
  readonly status: number;
  readonly send: (upload: Upload) => Promise<JsonReply>;
}

/** How many requests each endpoint answers, and how soon, on a local stack in a process of its own. */
export const endpoints: Part = {
  name: 'endpoints',
  title: 'requests to each endpoint of the local stack',
  async run({ signal, tell }) {
    let uploads: readonly Upload[] = [];
    const prepare = (stateDirectory: string) => {
      const datasets = addDatasets(stateDirectory, WARM_UP + AT_ONCE.length * UPLOADS);
      uploads = datasets.map(({ persistentId }) => ({ persistentId }));
    };
    return withStack({ environment: ENVIRONMENT, prepare }, signal, async (stack) => {
      await putSourceFile(stack, SOURCE, 'x'.repeat(1_000));
      const rows: (string | number)[][] = [];
      const measure = async (endpoint: Endpoint) => {
        for (const [index, { requests, perSecond, p50, p95, p99 }] of (await loadsOn(endpoint, uploads)).entries()) {
          rows.push([endpoint.name, AT_ONCE[index] ?? 0, requests, perSecond, p50, p95, p99]);
        }
        tell(`${endpoint.name}: measured`);
      };
      await measure(notFound(stack));
      await measure(uploadParameters(stack));
      await measure(uploadPaths(stack));
      await Promise.all(uploads.map((upload) => submit(stack, upload)));
      await measure(report(stack));
      return {
        figures: [],
        tables: [
          {
            title: 'so many under way at once; the client, the stack and both stand-ins share the machine',
            columns: ['endpoint', 'at once', 'requests', 'per second', 'p50 ms', 'p95 ms', 'p99 ms'],
            rows,
          },
        ],
      };
    });
  },
};

/** One after the other at each concurrency, each request with the next upload. */
async function loadsOn(
  { name, requests, status, send }: Endpoint,
  uploads: readonly Upload[],
): Promise<readonly LoadFigures[]> {
  let used = 0;
  const sendNext = async () => {
    const upload = uploads[used++ % uploads.length];
    if (!upload) throw new Error('there is no upload');
    const reply = await send(upload);
    if (reply.status !== status) throw new Error(`${name} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  };
  await measureLoad(WARM_UP, 1, sendNext);
  const loads: LoadFigures[] = [];
  for (const atOnce of AT_ONCE) loads.push(await measureLoad(requests, atOnce, sendNext));
  return loads;
}

function notFound(stack: MeasuredStack): Endpoint {
  const send = () => call(`${stack.apiUrl}/api/globus/nothing`);
  return { name: 'not-found', requests: READS, status: 404, send };
}

function uploadParameters(stack: MeasuredStack): Endpoint {
  return {
    name: 'globusUploadParameters',
    requests: READS,
    status: 200,
    send: ({ persistentId }) =>
      call(`${datasetUrl(stack, 'globusUploadParameters', persistentId)}&locale=en`, {
        headers: { 'X-Dataverse-key': CURATOR_KEY },
      }),
  };
}

function uploadPaths(stack: MeasuredStack): Endpoint {
  return {
    name: 'requestGlobusUploadPaths',
    requests: UPLOADS,
    status: 200,
    async send(upload) {
      const reply = await requestPaths(stack, 1, upload.persistentId);
      const [granted] = Object.entries<string>(reply.body.data ?? {});
      if (granted) upload.granted = { identifier: granted[0], path: granted[1] };
      return reply;
    },
  };
}

async function submit(stack: MeasuredStack, upload: Upload): Promise<void> {
  if (!upload.granted) throw new Error('a grant is missing');
  upload.taskId = await submitTransfer(stack, [[SOURCE, upload.granted.path]]);
}

function report(stack: MeasuredStack): Endpoint {
  return {
    name: 'addGlobusFiles',
    requests: UPLOADS,
    status: 200,
    async send({ persistentId, granted, taskId }) {
      if (!granted || !taskId) throw new Error('a task is missing');
      return reportFiles(stack, taskId, [[granted, 'bench.dat']], persistentId);
    },
  };
}
