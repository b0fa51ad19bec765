/** What the gateway needs of the manifest's HTTP API. */
export interface HttpApi {
  readonly prefixes: readonly string[];
  readonly routes: readonly { readonly functionName: string; readonly method: string; readonly path: string }[];
  readonly notFound: { readonly functionName: string };
  readonly cors: {
    readonly allowMethods: readonly string[];
    readonly allowHeaders: readonly string[];
    readonly maxAgeSeconds: number;
  };
}

/** The function that serves a request, and how API Gateway names the route. */
export interface ApiRouteMatch {
  readonly functionName: string;
  /** Method and path pattern, or `$default`. */
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * Finds the route of an HTTP API: method and number of segments must agree, and of several fitting patterns the one with
 * the earlier literal segment wins. Anything else is `$default`, the not-found function.
 * @param path - the path after percent-decoding: HTTP APIs decode before they route (design 7)
 */
export function matchApiRoute(api: HttpApi, method: string, path: string): ApiRouteMatch {
  const given = path.split('/');
  let best: (ApiRouteMatch & { readonly rank: string }) | undefined;
  for (const prefix of api.prefixes) {
    for (const route of api.routes) {
      if (route.method !== method) continue;
      const pattern = `${prefix}${route.path}`;
      const fit = fitPattern(pattern.split('/'), given);
      if (!fit || (best && best.rank <= fit.rank)) continue;
      best = {
        functionName: route.functionName,
        routeKey: `${method} ${pattern}`,
        pathParameters: fit.parameters,
        rank: fit.rank,
      };
    }
  }
  if (!best) return { functionName: api.notFound.functionName, routeKey: '$default', pathParameters: {} };
  const { rank: _, ...match } = best;
  return match;
}

/** The rank has one digit per segment, 0 for a literal and 1 for a variable, so that smaller text is more specific. */
function fitPattern(
  pattern: readonly string[],
  given: readonly string[],
): { parameters: Record<string, string>; rank: string } | undefined {
  if (pattern.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  let rank = '';
  for (const [index, segment] of pattern.entries()) {
    const value = given[index] ?? '';
    const isVariable = segment.startsWith('{') && segment.endsWith('}');
    if (isVariable ? value === '' : segment !== value) return undefined;
    if (isVariable) parameters[segment.slice(1, -1)] = value;
    rank += isVariable ? '1' : '0';
  }
  return { parameters, rank };
}

/** Percent-decodes a path; a malformed escape leaves it as received. */
export function decodePath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return rawPath;
  }
}
