import type { ReplyCheck } from './openapi-replies.ts';

/** A `fetch` that holds what the API answers against docs/openapi.yaml, beside handing it on. */
export interface WatchedFetch {
  readonly fetch: typeof fetch;
  /** What was wrong since the last call, each with its request; waits for replies that are still being read. */
  takeFaults(): Promise<readonly string[]>;
}

/**
 * The gateway names its requests in a header, so that replies of simulators, and those that it passes on from Dataverse's own paths, are
 * left alone.
 */
const GATEWAY_HEADER = 'apigw-requestid';
/** The one answer of the gateway that is no part of the API: the control of the local clock. */
const CONTROL_PATH = '/_control/';
const LONGEST_BODY_SHOWN = 500;

export function watchReplies(plainFetch: typeof fetch): WatchedFetch {
  const pending = new Set<Promise<void>>();
  const faults: string[] = [];
  let check: Promise<ReplyCheck> | undefined;

  const checkReply = async (method: string, reply: Response): Promise<void> => {
    const { pathname } = new URL(reply.url);
    const body = await reply.text().catch(() => undefined);
    // The connection was cut, as tests of crashes do: that is no reply.
    if (body === undefined) return;
    // Read when first needed: most test files never call the API.
    check ??= import('./openapi-replies.ts').then(({ createReplyCheck }) => createReplyCheck());
    const { status } = reply;
    const contentType = reply.headers.get('content-type');
    const found = (await check).faultsOf({ method, path: pathname, status, contentType, body });
    const shown = `${method} ${pathname} → ${status} ${body.slice(0, LONGEST_BODY_SHOWN)}`;
    faults.push(...found.map((fault) => `${fault}\n  ${shown}`));
  };

  return {
    async fetch(input, init) {
      const reply = await plainFetch(input, init);
      if (reply.headers.has(GATEWAY_HEADER) && !new URL(reply.url).pathname.startsWith(CONTROL_PATH)) {
        // A copy: whoever called reads the reply itself, or cuts it off.
        const checking = checkReply(methodOf(input, init), reply.clone());
        pending.add(checking);
        void checking.finally(() => pending.delete(checking));
      }
      return reply;
    },
    async takeFaults() {
      await Promise.all(pending);
      return faults.splice(0);
    },
  };
}

function methodOf(...[input, init]: Parameters<typeof fetch>): string {
  return (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
}
