import type { HttpRequest } from './http-request.ts';

/** The query as far as a signature can cover it: what a client appends after the token proves nothing and is never read (T-05). */
export function queryBeforeToken({ rawQuery }: Pick<HttpRequest, 'rawQuery'>): URLSearchParams {
  const parts = rawQuery.split('&');
  const tokenAt = parts.findIndex((part) => part.startsWith('token='));
  return new URLSearchParams((tokenAt < 0 ? parts : parts.slice(0, tokenAt)).join('&'));
}
