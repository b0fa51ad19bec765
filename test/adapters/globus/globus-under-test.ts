import { createGlobus, type GlobusOptions } from '../../../functions/adapters/globus/globus.ts';
import { asRuleId, parseCollectionId, parsePrincipalId, parseTaskId } from '../../../functions/domain/ids.ts';
import type { CallBudget } from '../../../functions/ports/call-budget.ts';
import type { Globus } from '../../../functions/ports/globus.ts';
import { type AdapterParts, createAdapterParts } from '../adapter-parts.ts';
import { type LoopbackServer, startLoopbackServer } from '../loopback-server.ts';

export const COLLECTION = parseCollectionId('d8c42580-6528-4605-9ad8-116a61982644');
export const PRINCIPAL = parsePrincipalId('d15d4244-fc10-47f3-a790-85bdb6db9a75');
export const LINKED = 'd15d4244-fc10-47f3-a790-85bdb6db9aff';
export const TASK = parseTaskId('5e8ab3f2-0000-4000-8000-0000000000a1');
export const RULE = asRuleId('aa0b9dbe-0000-4000-8000-0000000000b2');
export const CLIENT_ID = 'c0ffee00-0000-4000-8000-000000000001';
export const CLIENT_SECRET = 'canary-client-secret';
export const ACCESS_TOKEN = 'canary-access-token';
export const SECRET_NAME = 'globus/service';

export const TOKEN_CALL = 'POST /v2/oauth2/token';

export interface GlobusUnderTest extends AdapterParts {
  readonly globus: Globus;
  readonly server: LoopbackServer;
}

/** As many calls as one likes. */
export const NO_BUDGET: CallBudget = { take: async () => 0 };

/** The adapter against a loopback server whose Auth already gives a token of 48 hours. */
export async function globusUnderTest(options: Partial<GlobusOptions> = {}): Promise<GlobusUnderTest> {
  const server = await startLoopbackServer();
  server.plan(TOKEN_CALL, { status: 200, body: tokenDocument(ACCESS_TOKEN) });
  const parts = createAdapterParts({
    [SECRET_NAME]: JSON.stringify({ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }),
  });
  const globus = createGlobus({
    transferUrl: server.url,
    authUrl: server.url,
    credentialOf: (collectionId) => (collectionId === COLLECTION ? SECRET_NAME : undefined),
    budget: NO_BUDGET,
    ...parts,
    ...options,
  });
  return { ...parts, globus, server };
}

/** Auth's answer in the order clients in the field meet it: the Transfer token among the others (globus-api.md 1.2). */
export function tokenDocument(accessToken: string, expiresInSeconds = 172_800): object {
  return {
    access_token: 'canary-auth-token',
    scope: 'openid',
    expires_in: expiresInSeconds,
    token_type: 'Bearer',
    resource_server: 'auth.globus.org',
    other_tokens: [
      {
        access_token: accessToken,
        scope: 'urn:globus:auth:scope:transfer.api.globus.org:all',
        expires_in: expiresInSeconds,
        token_type: 'Bearer',
        resource_server: 'transfer.api.globus.org',
      },
    ],
  };
}

/** Transfer's error document. */
export function failure(status: number, code: string, message = 'so it is', headers: Record<string, string> = {}) {
  return { status, headers, body: { code, message, request_id: 'abcDEF123', resource: '/x' } };
}

/** A running transfer, with the fields that Globus sends and we do not read among them. */
export function taskDocument(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    DATA_TYPE: 'task',
    task_id: TASK,
    type: 'TRANSFER',
    status: 'ACTIVE',
    owner_id: LINKED,
    username: 'u_abc',
    label: null,
    request_time: '2026-02-03T04:00:00+00:00',
    completion_time: null,
    deadline: '2026-02-04T04:00:00+00:00',
    source_endpoint_id: '0a1b2c3d-0000-4000-8000-00000000c011',
    destination_endpoint_id: COLLECTION,
    source_base_path: null,
    destination_base_path: null,
    files: 2,
    files_transferred: 1,
    bytes_transferred: 1_000_000_000_000,
    effective_bytes_per_second: 1_000_000,
    files_skipped: 4,
    subtasks_total: 2,
    faults: 3,
    is_paused: false,
    is_ok: true,
    nice_status: 'CONNECT_FAILED',
    fatal_error: null,
    canceled_by_admin: null,
    history_deleted: false,
    ...changes,
  };
}

/** One page of `endpoint_manager/task_list`. */
export function taskPage(tasks: readonly object[], lastKey?: string): { status: number; body: object } {
  const end = { has_next_page: lastKey !== undefined, last_key: lastKey ?? null };
  return { status: 200, body: { DATA_TYPE: 'task_list', limit: 1000, DATA: tasks, ...end } };
}
