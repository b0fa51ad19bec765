import * as z from 'zod/mini';
import type { GlobusLogin } from './cast.ts';
import { callJson } from './http-json.ts';

const TRANSFER_SCOPE = 'urn:globus:auth:scope:transfer.api.globus.org:all';

const ruleSchema = z.object({
  id: z.nullable(z.string()),
  principal: z.string(),
  path: z.string(),
  permissions: z.string(),
});
export type AccessRule = z.output<typeof ruleSchema>;

const taskSchema = z.object({
  status: z.string(),
  bytes_transferred: z.number(),
  files_transferred: z.nullable(z.number()),
  fatal_error: z.nullable(z.object({ code: z.string(), description: z.string() })),
});
export type GlobusTask = z.output<typeof taskSchema>;

const copiedSchema = z.object({
  DATA: z.array(z.object({ destination_path: z.nullable(z.string()), checksum: z.nullable(z.string()) })),
});

/** A transfer to submit: pairs of paths from one collection to another. */
export interface TransferOrder {
  readonly sourceCollectionId: string;
  readonly destinationCollectionId: string;
  readonly label: string;
  readonly pairs: readonly { readonly sourcePath: string; readonly destinationPath: string }[];
}

/** Globus as one logged-in identity sees it (globus-api.md 1 and 2). */
export interface GlobusSession {
  /** @returns the task id */
  submitTransfer(order: TransferOrder): Promise<string>;
  readTask(taskId: string): Promise<GlobusTask>;
  /** MD5 by destination path of a finished task; null where Globus computed none. */
  copiedFiles(taskId: string): Promise<Map<string, string | null>>;
  /** How many tasks this identity ever submitted. */
  countTasks(): Promise<number>;
  /** The collection's own access rules, without those that follow from roles. */
  listRules(collectionId: string): Promise<AccessRule[]>;
}

/** Logs in by client credentials, as programs do. */
export async function logInToGlobus(
  globusUrl: string,
  login: GlobusLogin,
  signal: AbortSignal,
): Promise<GlobusSession> {
  const { access_token: token } = await callJson(z.object({ access_token: z.string() }), {
    purpose: 'log in at Globus',
    url: `${globusUrl}/v2/oauth2/token`,
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${login.id}:${login.secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: TRANSFER_SCOPE }),
    signal,
  });
  const call = <Schema extends z.core.$ZodType>(schema: Schema, purpose: string, path: string, body?: unknown) =>
    callJson(schema, {
      purpose,
      url: `${globusUrl}/v0.10/${path}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal,
    });
  return {
    async submitTransfer(order) {
      const submission = await call(z.object({ value: z.string() }), 'get a submission id', 'submission_id');
      const document = transferDocument(order, submission.value);
      const accepted = await call(z.object({ task_id: z.string() }), 'submit the transfer', 'transfer', document);
      return accepted.task_id;
    },
    readTask: (taskId) => call(taskSchema, 'read the task', `task/${taskId}`),
    async copiedFiles(taskId) {
      const { DATA } = await call(copiedSchema, 'list what was copied', `task/${taskId}/successful_transfers`);
      return new Map(DATA.map((each) => [each.destination_path ?? '', each.checksum]));
    },
    async countTasks() {
      const { total } = await call(z.object({ total: z.number() }), 'list the tasks', 'task_list');
      return total;
    },
    async listRules(collectionId) {
      const schema = z.object({ DATA: z.array(ruleSchema) });
      const { DATA } = await call(schema, 'list the access rules', `endpoint/${collectionId}/access_list`);
      return DATA.filter((rule) => rule.id !== null);
    },
  };
}

/** As clients send it (clients.md 1 and 2); with `verify_checksum` Globus computes an MD5 of each file, which is off by default. */
function transferDocument(order: TransferOrder, submissionId: string) {
  return {
    DATA_TYPE: 'transfer',
    submission_id: submissionId,
    label: order.label,
    source_endpoint: order.sourceCollectionId,
    destination_endpoint: order.destinationCollectionId,
    verify_checksum: true,
    notify_on_succeeded: false,
    notify_on_failed: false,
    DATA: order.pairs.map(({ sourcePath, destinationPath }) => ({
      DATA_TYPE: 'transfer_item',
      source_path: sourcePath,
      destination_path: destinationPath,
      recursive: false,
    })),
  };
}
