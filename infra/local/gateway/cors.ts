import type { GatewayReply } from './reply.ts';
import type { HttpApi } from './routes.ts';

/** Any origin, or those whose pages may call. */
export type AllowedOrigins = '*' | readonly string[];

/**
 * The gateway's own answer to a preflight (HTTP API, CORS at API level): 204 whatever the path,
 * with the manifest's methods, headers and age for an allowed origin.
 */
export function preflightReply(api: HttpApi, allowed: AllowedOrigins, origin: string | undefined): GatewayReply {
  const originHeaders = corsHeaders(allowed, origin);
  const isAllowed = originHeaders.some(([name]) => name === 'access-control-allow-origin');
  return {
    statusCode: 204,
    headers: [
      ...originHeaders,
      ...(isAllowed
        ? ([
            ['access-control-allow-methods', api.cors.allowMethods.join(',')],
            ['access-control-allow-headers', api.cors.allowHeaders.join(',')],
            ['access-control-max-age', String(api.cors.maxAgeSeconds)],
          ] as const)
        : []),
    ],
    body: Buffer.alloc(0),
  };
}

/** The reply with the API's CORS headers; those a function set are dropped, as an HTTP API with CORS does. */
export function withCors(reply: GatewayReply, allowed: AllowedOrigins, origin: string | undefined): GatewayReply {
  const own = reply.headers.filter(([name]) => !name.startsWith('access-control-'));
  return { ...reply, headers: [...own, ...corsHeaders(allowed, origin)] };
}

function corsHeaders(allowed: AllowedOrigins, origin: string | undefined): (readonly [string, string])[] {
  if (allowed === '*') return [['access-control-allow-origin', '*']];
  const vary = ['vary', 'Origin'] as const;
  return origin !== undefined && allowed.includes(origin) ? [['access-control-allow-origin', origin], vary] : [vary];
}
