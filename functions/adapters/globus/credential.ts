import * as z from 'zod/mini';
import { UpstreamRefusedError } from '../../domain/errors.ts';
import type { Secret } from '../../domain/secret.ts';

const pair = z.object({ clientId: z.string().check(z.minLength(1)), clientSecret: z.string().check(z.minLength(1)) });

/**
 * Turns a stored credential into the header of a client-credentials request.
 * Two forms are taken: JSON `{"clientId", "clientSecret"}`, and Base64 of `client id:secret`, which is Dataverse's own setting
 * `globus-token` (dataverse-api.md 6.1).
 * @returns the header value, and the texts that must never show
 * @throws UpstreamRefusedError naming the secret, never its value
 */
export function basicAuthorization(secretName: string, secret: Secret): { header: string; hidden: readonly string[] } {
  const text = secret.reveal().trim();
  const json = z.safeParse(pair, parsedJson(text));
  const plain = json.success
    ? `${json.data.clientId}:${json.data.clientSecret}`
    : Buffer.from(text, 'base64').toString('utf8');
  const [clientId, clientSecret] = splitOnce(plain);
  // The id of a Globus client is a UUID; this also tells Base64 from a text that only happens to decode.
  if (!/^[0-9a-f-]{36}$/i.test(clientId) || clientSecret === '') {
    throw new UpstreamRefusedError(
      `The secret "${secretName}" is no Globus credential: expected {"clientId", "clientSecret"} or Base64 of "client id:secret".`,
    );
  }
  const encoded = Buffer.from(`${clientId}:${clientSecret}`, 'utf8').toString('base64');
  return { header: `Basic ${encoded}`, hidden: [encoded, clientSecret, text] };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
