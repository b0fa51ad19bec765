import type { RunningStack } from '../local-stack.ts';
import { CURATOR_KEY, call, type JsonReply, RESEARCHER, SERVICE_KEY } from '../upload-client.ts';

/** How rdm-integration proves to Dataverse for whom it calls: with their API token, or by URLs that the admin API signs for them. */
export type RdmCredential = 'API token' | 'signed URL';

/** The Globus calls of rdm-integration, by `:persistentId` (clients.md 4). */
export interface RdmIntegration {
  /** A JSON POST of Dataverse's API. */
  post(operation: string, document: object): Promise<JsonReply>;
  /** A multipart POST with one part `jsonData`. */
  postForm(operation: string, jsonData: object): Promise<JsonReply>;
  /** A call of Globus Transfer, below `/v0.10/`. */
  transfer(target: string, document?: object): Promise<JsonReply>;
  /** `sub` of the person at Globus. */
  principal(): Promise<string>;
}

const AGENT = { 'user-agent': 'Go-http-client/1.1' };
const SIGNED_MINUTES = 10;

/** @param persistentId - of the dataset that the curator works on */
export async function openRdmIntegration(
  stack: RunningStack,
  credential: RdmCredential,
  persistentId: string,
): Promise<RdmIntegration> {
  const tokens = await logIn(stack);
  const send = async (operation: string, init: { headers: Record<string, string>; body: string | FormData }) => {
    const path = `/api/v1/datasets/:persistentId/${operation}?persistentId=${persistentId}`;
    const signed = credential === 'signed URL';
    const url = signed ? await signFor(stack, `${stack.apiUrl}${path}`) : `${stack.apiUrl}${path}`;
    const key = signed ? {} : { 'X-Dataverse-key': CURATOR_KEY };
    return call(url, { method: 'POST', headers: { ...AGENT, ...key, ...init.headers }, body: init.body });
  };
  return {
    post: (operation, document) =>
      send(operation, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(document) }),
    postForm(operation, jsonData) {
      const form = new FormData();
      form.set('jsonData', JSON.stringify(jsonData));
      return send(operation, { headers: {}, body: form });
    },
    transfer: (target, document) =>
      call(`${stack.globusUrl}/v0.10/${target}`, {
        headers: { ...AGENT, authorization: `Bearer ${tokens.transfer}`, 'content-type': 'application/json' },
        ...(document === undefined ? {} : { method: 'POST', body: JSON.stringify(document) }),
      }),
    async principal() {
      const headers = { ...AGENT, authorization: `Bearer ${tokens.auth}` };
      const { body } = await call(`${stack.globusUrl}/v2/oauth2/userinfo`, { headers });
      return body.sub;
    },
  };
}

/** As `POST /api/admin/requestSignedUrl` does for a superuser (dataverse-api.md 3.5). */
async function signFor(stack: RunningStack, url: string): Promise<string> {
  const { body } = await call(`${stack.apiUrl}/api/admin/requestSignedUrl`, {
    method: 'POST',
    headers: { ...AGENT, 'X-Dataverse-key': SERVICE_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ url, timeOut: SIGNED_MINUTES, httpMethod: 'POST', user: 'curator' }),
  });
  return body.data.signedUrl;
}

/** The person's tokens for Globus Auth and Globus Transfer; in place of a login page their identity logs in as a client. */
async function logIn(stack: RunningStack): Promise<{ readonly auth: string; readonly transfer: string }> {
  const scope = 'openid email profile urn:globus:auth:scope:transfer.api.globus.org:all';
  const { body } = await call(`${stack.globusUrl}/v2/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${RESEARCHER.id}:${RESEARCHER.secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
  return { auth: body.access_token, transfer: body.other_tokens[0].access_token };
}
