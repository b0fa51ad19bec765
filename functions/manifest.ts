/**
 * Everything that is deployed, as data: the CDK app builds from it, the local stack serves it, tests hold both against it.
 * Entry files are named relative to this folder; each exports `handler`.
 */

/**
 * Who may call a route. `editor`: an account that may edit the dataset, by key or by one of our signed URLs. `dataverse`: Dataverse's own answer
 * decides. `owner`: whose transfer it is, whoever may edit its dataset where it is only shown, and operators, by their own token; no URL is signed
 * for it. `operator`: a superuser of Dataverse, likewise.
 */
export type Callers = 'editor' | 'dataverse' | 'owner' | 'operator' | 'anyone';

export interface HttpRoute {
  /** Unique name of the operation and of its function. */
  readonly functionName: string;
  readonly method: 'GET' | 'POST';
  /** Below each of `httpApi.prefixes`; `{name}` is one segment. */
  readonly path: string;
  readonly entry: string;
  readonly callers: Callers;
  /** The HTTP API cuts a call at 30 s (A12). */
  readonly timeoutSeconds: number;
}

export interface StepFunction {
  /** The name the workflow definition invokes. */
  readonly functionName: string;
  readonly entry: string;
  readonly timeoutSeconds: number;
}

/** A function that a schedule starts. */
export interface Monitor {
  readonly functionName: string;
  readonly entry: string;
  /** How often it starts. Runs may overlap, come twice or not at all: each is a look at the present. */
  readonly everySeconds: number;
  /** The setting that overrides it, in seconds. */
  readonly everySecondsSetting?: 'SWEEP_SECONDS';
  readonly timeoutSeconds: number;
}

export interface Table {
  readonly tableName: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly indexes: readonly {
    readonly indexName: string;
    readonly partitionKey: string;
    readonly sortKey: string;
    /** Attributes beside the keys that the index carries. They cannot be changed in place: another set takes another index. */
    readonly attributes: readonly string[];
  }[];
  /** Seconds since 1970 after which an item may be removed, some days later (A14); without one nothing ever is. */
  readonly timeToLiveAttribute?: string;
}

/** The HTTP API: paths below both prefixes, CORS for every answer, and what happens to anything else. */
export const httpApi = {
  prefixes: ['/api', '/api/v1'],
  routes: [
    {
      functionName: 'globus-upload-parameters',
      method: 'GET',
      path: '/datasets/{id}/globusUploadParameters',
      entry: 'http/globus-upload-parameters.ts',
      callers: 'dataverse',
      timeoutSeconds: 29,
    },
    {
      functionName: 'request-globus-upload-paths',
      method: 'POST',
      path: '/datasets/{id}/requestGlobusUploadPaths',
      entry: 'http/request-globus-upload-paths.ts',
      callers: 'editor',
      timeoutSeconds: 29,
    },
    {
      functionName: 'add-globus-files',
      method: 'POST',
      path: '/datasets/{id}/addGlobusFiles',
      entry: 'http/add-globus-files.ts',
      callers: 'editor',
      timeoutSeconds: 29,
    },
    {
      functionName: 'globus-download-parameters',
      method: 'GET',
      path: '/datasets/{id}/globusDownloadParameters',
      entry: 'http/globus-download-parameters.ts',
      callers: 'dataverse',
      timeoutSeconds: 29,
    },
    {
      functionName: 'request-globus-download',
      method: 'POST',
      path: '/datasets/{id}/requestGlobusDownload',
      entry: 'http/request-globus-download.ts',
      callers: 'anyone',
      timeoutSeconds: 29,
    },
    {
      functionName: 'monitor-globus-download',
      method: 'POST',
      path: '/datasets/{id}/monitorGlobusDownload',
      entry: 'http/monitor-globus-download.ts',
      callers: 'anyone',
      timeoutSeconds: 29,
    },
    {
      functionName: 'list-leftovers',
      method: 'GET',
      path: '/globus/leftovers',
      entry: 'http/list-leftovers.ts',
      callers: 'owner',
      timeoutSeconds: 29,
    },
    {
      functionName: 'delete-leftovers',
      method: 'POST',
      path: '/globus/leftovers/delete',
      entry: 'http/delete-leftovers.ts',
      callers: 'operator',
      timeoutSeconds: 29,
    },
    {
      functionName: 'list-transfers',
      method: 'GET',
      path: '/globus/transfers',
      entry: 'http/list-transfers.ts',
      callers: 'owner',
      timeoutSeconds: 29,
    },
    {
      functionName: 'show-transfer',
      method: 'GET',
      path: '/globus/transfers/{transferId}',
      entry: 'http/show-transfer.ts',
      callers: 'owner',
      timeoutSeconds: 29,
    },
    {
      functionName: 'cancel-transfer',
      method: 'POST',
      path: '/globus/transfers/{transferId}/cancel',
      entry: 'http/cancel-transfer.ts',
      callers: 'owner',
      timeoutSeconds: 29,
    },
    {
      functionName: 'retry-transfer',
      method: 'POST',
      path: '/globus/transfers/{transferId}/retry',
      entry: 'http/retry-transfer.ts',
      callers: 'owner',
      timeoutSeconds: 29,
    },
    {
      functionName: 'release-transfer',
      method: 'POST',
      path: '/globus/transfers/{transferId}/release',
      entry: 'http/release-transfer.ts',
      callers: 'owner',
      timeoutSeconds: 29,
    },
  ] satisfies readonly HttpRoute[],
  notFound: { functionName: 'not-found', entry: 'http/not-found.ts', timeoutSeconds: 5 },
  cors: {
    allowMethods: ['GET', 'POST', 'OPTIONS'],
    allowHeaders: ['content-type', 'x-dataverse-key', 'authorization', 'idempotency-key'],
    maxAgeSeconds: 600,
  },
} as const;

/** The functions the transfer workflow invokes, one per step. */
export const steps: readonly StepFunction[] = [
  { functionName: 'await-report', entry: 'steps/await-report.ts', timeoutSeconds: 30 },
  { functionName: 'end-lease', entry: 'steps/end-lease.ts', timeoutSeconds: 60 },
  { functionName: 'look-at-task', entry: 'steps/look-at-task.ts', timeoutSeconds: 60 },
  { functionName: 'await-completion', entry: 'steps/await-completion.ts', timeoutSeconds: 60 },
  { functionName: 'release-access-rule', entry: 'steps/release-access-rule.ts', timeoutSeconds: 60 },
  { functionName: 'register-files', entry: 'steps/register-files.ts', timeoutSeconds: 120 },
  { functionName: 'close-transfer', entry: 'steps/close-transfer.ts', timeoutSeconds: 60 },
  { functionName: 'raise-attention', entry: 'steps/raise-attention.ts', timeoutSeconds: 30 },
];

/** Scheduled functions. */
export const monitors: readonly Monitor[] = [
  { functionName: 'task-monitor', entry: 'monitors/task-monitor.ts', everySeconds: 60, timeoutSeconds: 120 },
  {
    functionName: 'sweep',
    entry: 'monitors/sweep.ts',
    everySeconds: 300,
    everySecondsSetting: 'SWEEP_SECONDS',
    timeoutSeconds: 600,
  },
];

/** The workflow that follows one transfer from its grant to its end; its definition is `workflow/definition.ts`. */
export const transferWorkflow = { stateMachineName: 'transfer' } as const;

/** Tables (design section 6). Keys are strings. Every index has a sort key that is unique per item. */
export const tables = {
  accessRules: { tableName: 'access-rules', partitionKey: 'collectionId', sortKey: 'pathAndPrincipal', indexes: [] },
  transfers: {
    tableName: 'transfers',
    partitionKey: 'pk',
    sortKey: 'sk',
    indexes: [
      {
        indexName: 'open',
        partitionKey: 'openCollectionId',
        sortKey: 'openDueTimeAndTransferId',
        attributes: [
          'itemType',
          'transferId',
          'state',
          'dueAtEpochSeconds',
          'admission',
          'awaitedTaskIds',
          'taskToken',
          'datasetId',
          'taskId',
        ],
      },
    ],
  },
  /** File lists of launches from Dataverse's page. */
  downloads: {
    tableName: 'downloads',
    partitionKey: 'downloadId',
    sortKey: 'part',
    indexes: [],
    timeToLiveAttribute: 'expiresAtEpochSeconds',
  },
} as const satisfies Record<string, Table>;
