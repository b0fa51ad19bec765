import { randomUUID } from 'node:crypto';
import type { SimulatorReply } from '../http/routes.ts';

/** Auth's error body, which differs from Transfer's (globus-api.md 1.6). `error` is the code in small letters unless given. */
export function authErrorReply(
  status: number,
  code: string,
  detail: string,
  error: string = code.toLowerCase(),
): SimulatorReply {
  return {
    status,
    body: {
      errors: [{ status: String(status), id: randomUUID(), code, title: detail, detail }],
      error,
      error_description: detail,
    },
  };
}

/** The words for scopes that nobody knows. */
export function unknownScopeDetail(clientId: string, scopes: readonly string[]): string {
  return `client_id=${clientId} requested unknown scopes: ${scopes.join(' ')}`;
}
