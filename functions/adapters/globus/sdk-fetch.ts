import type { SDKOptions } from '@globus/sdk/services/types';

/** Where Globus is: origins, with an optional path in front of `/v0.10` and `/v2` (a test proxy, say). */
export interface GlobusHosts {
  readonly transferUrl: string;
  readonly authUrl: string;
}

/**
 * Options that make one SDK call use Node's fetch, our hosts and a time limit.
 *
 * The SDK picks its host from environment variables or a built-in table, keeps only the origin, and calls node-fetch (globus-api.md 5.1,
 * 5.2). All of that is closed here without writing to the environment: the URL it has built is moved to our host, whichever its own
 * settings made of it, just before it is fetched. Redirects are not followed, since they would carry the token elsewhere.
 */
export function sdkOptions(hosts: GlobusHosts, timeLimitMilliseconds: number): SDKOptions {
  const moveAndFetch = (url: string, init?: RequestInit) => fetch(movedToOurHost(url, hosts), init);
  return {
    fetch: {
      options: {
        __callable: moveAndFetch as typeof fetch,
        signal: AbortSignal.timeout(Math.max(1, Math.ceil(timeLimitMilliseconds))),
        redirect: 'manual',
      },
    },
  };
}

function movedToOurHost(url: string, hosts: GlobusHosts): string {
  const { pathname, search } = new URL(url);
  const base = pathname.startsWith('/v2/') ? hosts.authUrl : hosts.transferUrl;
  return `${base.replace(/\/+$/, '')}${pathname}${search}`;
}
