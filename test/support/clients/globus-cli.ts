import { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningStack } from '../local-stack.ts';
import { call, type GlobusClient, type JsonReply, RESEARCHER } from '../upload-client.ts';

/** globus-cli with a service account, by the requests that its commands send (clients.md 2, globus-api.md 4). */
export interface GlobusCli {
  /** A call of Globus Transfer, below `/v0.10/`. After a refusal for want of a consent it asks for a token with that, and repeats with the old one. */
  transfer(target: string, document?: object): Promise<JsonReply>;
  /** A call of Globus Auth by a token for it. */
  auth(target: string): Promise<JsonReply>;
  /** `METHOD path → status` of each request, in their order. */
  readonly requests: readonly string[];
}

const TRANSFER_SCOPE = 'urn:globus:auth:scope:transfer.api.globus.org:all';
const AUTH_SCOPES = [
  'openid',
  'profile',
  'email',
  'urn:globus:auth:scope:auth.globus.org:view_identities',
  'urn:globus:auth:scope:auth.globus.org:view_identity_set',
].join(' ');
/** What the Python SDK sends with every request. */
const SDK_HEADERS = {
  accept: 'application/json',
  'user-agent': 'globus-sdk-py-4.8.0/Globus CLI v3.42.0',
  'x-globus-client-info': 'product=python-sdk,version=4.8.0;product=globus-cli,version=3.42.0',
};
/** `task wait -H` asks about twice a second. */
const POLLING_MILLISECONDS = 500;

export async function openGlobusCli(stack: RunningStack, client: GlobusClient = RESEARCHER): Promise<GlobusCli> {
  const requests: string[] = [];
  const send = async (url: string, init: RequestInit & { headers: Record<string, string> }) => {
    const reply = await call(url, { ...init, headers: { ...SDK_HEADERS, ...init.headers } });
    requests.push(`${init.method ?? 'GET'} ${new URL(url).pathname} → ${reply.status}`);
    return reply;
  };
  const tokenFor = async (scope: string): Promise<string> => {
    const { body } = await send(`${stack.globusUrl}/v2/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    // The SDK fails without any of these.
    for (const key of ['access_token', 'scope', 'resource_server', 'expires_in', 'other_tokens']) {
      if (!Object.hasOwn(body, key)) throw new Error(`KeyError: ${key}`);
    }
    return body.access_token;
  };
  const tokens: { transfer?: string; auth?: string } = {};
  return {
    requests,
    async transfer(target, document) {
      tokens.transfer ??= await tokenFor(TRANSFER_SCOPE);
      const once = () =>
        send(`${stack.globusUrl}/v0.10/${target}`, {
          ...(document === undefined ? {} : { method: 'POST', body: JSON.stringify(document) }),
          headers: {
            authorization: `Bearer ${tokens.transfer}`,
            ...(document === undefined ? {} : { 'content-type': 'application/json' }),
          },
        });
      const reply = await once();
      if (reply.status !== 403 || reply.body.code !== 'ConsentRequired') return reply;
      await tokenFor(reply.body.required_scopes.join(' '));
      return once();
    },
    async auth(target) {
      tokens.auth ??= await tokenFor(AUTH_SCOPES);
      return send(`${stack.globusUrl}/${target}`, { headers: { authorization: `Bearer ${tokens.auth}` } });
    },
  };
}

/** `globus ls <collection>:<path>`. */
export function list(cli: GlobusCli, collectionId: string, path: string): Promise<JsonReply> {
  return cli.transfer(`operation/endpoint/${collectionId}/ls?path=${encodeURIComponent(path)}&show_hidden=0`);
}

/** Source and destination of `globus transfer`, and whether `--recursive` is given. */
export interface CliTransfer {
  readonly source: readonly [collectionId: string, path: string];
  readonly destination: readonly [collectionId: string, path: string];
  readonly isRecursive: boolean;
}

/** `globus transfer [--recursive] --sync-level checksum --verify-checksum --fail-on-quota-errors --notify off <source> <destination>`, as a document. */
export function transferDocument({ source, destination, isRecursive }: CliTransfer, submissionId: string): object {
  return {
    DATA_TYPE: 'transfer',
    submission_id: submissionId,
    source_endpoint: source[0],
    destination_endpoint: destination[0],
    sync_level: 3,
    verify_checksum: true,
    preserve_timestamp: false,
    encrypt_data: false,
    skip_source_errors: false,
    fail_on_quota_errors: true,
    delete_destination_extra: false,
    notify_on_succeeded: false,
    notify_on_failed: false,
    notify_on_inactive: false,
    DATA: [
      {
        DATA_TYPE: 'transfer_item',
        source_path: source[1],
        destination_path: destination[1],
        ...(isRecursive ? { recursive: true } : {}),
      },
    ],
  };
}

/** `globus task wait -H <task>`. @returns its exit code */
export async function waitForTask(cli: GlobusCli, taskId: string): Promise<0 | 1> {
  while ((await cli.transfer(`task/${taskId}`)).body.status === 'ACTIVE') await sleep(POLLING_MILLISECONDS);
  // Once more at the end.
  return (await cli.transfer(`task/${taskId}`)).body.status === 'SUCCEEDED' ? 0 : 1;
}

/** `globus endpoint permission list <collection>`. @returns lines of its table: who, where, what */
export async function listPermissions(cli: GlobusCli, collectionId: string): Promise<string[]> {
  const { body } = await cli.transfer(`endpoint/${collectionId}/access_list`);
  const rules: { principal: string; principal_type: string; path: string; permissions: string }[] = body.DATA;
  const ids = [...new Set(rules.filter((rule) => rule.principal_type === 'identity').map((rule) => rule.principal))];
  const { body: found } = await cli.auth(`v2/api/identities?ids=${ids.join(',')}`);
  const names = new Map(found.identities.map(({ id, username }: { id: string; username: string }) => [id, username]));
  return rules.map(({ principal, path, permissions }) => `${names.get(principal)} ${path} ${permissions}`);
}
