import { createDataverse, type DataverseOptions } from '../../../functions/adapters/dataverse/dataverse.ts';
import { asUserName, parseDatasetId } from '../../../functions/domain/ids.ts';
import { Secret } from '../../../functions/domain/secret.ts';
import type { ActingAs, Dataverse } from '../../../functions/ports/dataverse.ts';
import { type AdapterParts, createAdapterParts } from '../adapter-parts.ts';
import { type LoopbackServer, startLoopbackServer } from '../loopback-server.ts';

export const SITE = 'https://dataverse.example.edu';
export const DATASET = parseDatasetId('4242');
export const SUPERUSER_KEY = 'canary-superuser-key';
export const UNBLOCK_KEY = 'canary/unblock key';
export const CALLER_KEY = 'canary-caller-key';
export const SUPERUSER_SECRET = 'dataverse/superuser';
export const UNBLOCK_SECRET = 'dataverse/unblock';

export const AS_CALLER: ActingAs = { kind: 'key', token: new Secret(CALLER_KEY) };
export const AS_USER: ActingAs = { kind: 'user', userName: asUserName('jdoe') };
export const AS_SERVICE: ActingAs = { kind: 'service' };
export const AS_GUEST: ActingAs = { kind: 'guest' };

export const SIGN_CALL = 'POST /api/v1/admin/requestSignedUrl';

export interface DataverseUnderTest extends AdapterParts {
  readonly dataverse: Dataverse;
  readonly server: LoopbackServer;
}

/** The adapter connected to a loopback server, speaking as if to the public site. */
export async function dataverseUnderTest(options: Partial<DataverseOptions> = {}): Promise<DataverseUnderTest> {
  const server = await startLoopbackServer();
  const parts = createAdapterParts({ [SUPERUSER_SECRET]: SUPERUSER_KEY, [UNBLOCK_SECRET]: UNBLOCK_KEY });
  const dataverse = createDataverse({
    connectUrl: server.url,
    siteUrl: SITE,
    superuserSecret: SUPERUSER_SECRET,
    ...parts,
    ...options,
  });
  return { ...parts, dataverse, server };
}

/** Dataverse's envelope around the data. */
export function ok(data: unknown): { status: number; body: object } {
  return { status: 200, body: { status: 'OK', data } };
}

/** Dataverse's ordinary error. */
export function failure(status: number, message: string, headers: Record<string, string> = {}) {
  return { status, headers, body: { status: 'ERROR', message } };
}

/** What Dataverse signs for an order, with a signature of the right form. */
export function signedUrl(url: string, user = 'jdoe', method = 'GET'): string {
  const separator = url.includes('?') ? '&' : '?';
  return `${url}${separator}until=2031-02-03T04:05:06.789&user=${user}&method=${method}&token=${'0badcafe'.repeat(16)}`;
}
