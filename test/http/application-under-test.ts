import type { Context } from 'aws-lambda';
import type { Settings } from '../../functions/config.ts';
import { Secret } from '../../functions/domain/secret.ts';
import { parseSigningKeys } from '../../functions/domain/signed-url.ts';
import type { HttpReply } from '../../functions/http/reply.ts';
import type { Application } from '../../functions/wiring.ts';
import { SETTINGS_UNDER_TEST } from '../support/settings.ts';
import type { World } from '../support/world.ts';

export { SITE_URL } from '../support/settings.ts';

export const SIGNING_KEYS = parseSigningKeys(new Secret('a1'.repeat(32)));

/** An application whose ports are those of a world in memory. At most 100 files may be asked for at once. */
export function applicationOf(world: World, changes: Partial<Settings> = {}): Application {
  const application: Application = {
    settings: { ...SETTINGS_UNDER_TEST, ...changes },
    ports: world.ports,
    signingKeys: async () => SIGNING_KEYS,
    forRequest: () => application,
  };
  return application;
}

/** What the platform hands to a handler beside the event, as far as ours read it. */
export const CONTEXT = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 29_000 } as Context;

/** A reply as a client sees it: status and the parsed JSON body. */
export function seen(reply: HttpReply): { readonly status: number | undefined; readonly body: unknown } {
  const text = reply.isBase64Encoded ? Buffer.from(reply.body ?? '', 'base64').toString('utf8') : (reply.body ?? '');
  return { status: reply.statusCode, body: JSON.parse(text) };
}
