import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { DATAVERSE_GLOBUS_CLIENT_ID } from '../../../infra/local/simulators/globus/fixture.ts';
import { PRINCIPAL } from '../builders.ts';
import type { RunningStack } from '../local-stack.ts';
import { dataverseControl } from '../stack-control.ts';
import type { JsonReply } from '../upload-client.ts';
import { type Browser, openBrowser } from './browser.ts';

/** The dataverse-globus app, logged in and told by its callback what to do (clients.md 1). */
export interface GlobusApp {
  readonly browser: Browser;
  /** `data.queryParameters` of the callback's answer. */
  // biome-ignore lint/suspicious/noExplicitAny: looked into by the tests
  readonly parameters: any;
  /** The signed URL of a name. @throws Error when the answer has none */
  url(name: string): string;
  /** A call of Globus Transfer, with path and query below `/v0.10/`. */
  transfer(target: string, document?: object): Promise<JsonReply>;
  /** The identity that is logged in, as userinfo tells. */
  userInfo(): Promise<JsonReply>;
  /** A JSON POST to one of the signed URLs. */
  post(name: string, body: object): Promise<JsonReply>;
  /** A multipart POST with one part `jsonData`. */
  postForm(name: string, jsonData: unknown): Promise<JsonReply>;
}

/** What the page of Dataverse is asked for before the app starts. */
export interface AppLaunch {
  readonly direction: 'upload' | 'download';
  readonly datasetId: number;
  /** Null for a guest. */
  readonly user: string | null;
  readonly fileIds?: readonly number[];
}

const ORIGIN = 'https://globus-app.example.org';
const SCOPES = 'openid email profile urn:globus:auth:scope:transfer.api.globus.org:all';

/** Launches the app from Dataverse's page, logs a person in at Globus, and reads the callback. */
export async function launchApp(stack: RunningStack, launch: AppLaunch, login: string = PRINCIPAL): Promise<GlobusApp> {
  const browser = openBrowser(ORIGIN);
  const { body } = await dataverseControl(stack, '/launches', launch);
  const tokens = await logIn(stack, browser, { login, redirectUri: `${ORIGIN}/${launch.direction}` });
  const callback = Buffer.from(body.callback, 'base64').toString('utf8');
  // A guest's callback has no signature, and so nothing to append to; the app appends all the same.
  const reply = await browser.fetch(`${callback}&dvLocale=en`);
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  const { queryParameters, signedUrls } = reply.body.data;

  const url = (name: string): string => {
    const found = signedUrls.find((each: { name: string }) => each.name === name);
    if (!found) throw new Error(`the callback's answer has no URL ${name}`);
    return found.signedUrl;
  };
  return {
    browser,
    parameters: queryParameters,
    url,
    transfer: (target, document) =>
      browser.fetch(`${stack.globusUrl}/v0.10/${target}`, {
        headers: { authorization: `Bearer ${tokens.transfer}`, 'content-type': 'application/json' },
        ...(document === undefined ? {} : { method: 'POST', body: JSON.stringify(document) }),
      }),
    userInfo: () =>
      browser.fetch(`${stack.globusUrl}/v2/oauth2/userinfo`, {
        headers: { authorization: `Bearer ${tokens.auth}`, 'content-type': 'application/json' },
      }),
    post: (name, document) =>
      browser.fetch(url(name), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(document),
      }),
    postForm(name, jsonData) {
      const form = new FormData();
      form.set('jsonData', JSON.stringify(jsonData));
      return browser.fetch(url(name), { method: 'POST', body: form });
    },
  };
}

/** By authorization code with PKCE; the person is named in place of a click on the login page. */
async function logIn(
  stack: RunningStack,
  browser: Browser,
  { login, redirectUri }: { readonly login: string; readonly redirectUri: string },
): Promise<{ readonly auth: string; readonly transfer: string }> {
  const verifier = randomBytes(64).toString('hex');
  const state = randomBytes(30).toString('base64');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: DATAVERSE_GLOBUS_CLIENT_ID,
    state,
    scope: SCOPES,
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login,
  });
  const page = await fetch(`${stack.globusUrl}/v2/oauth2/authorize?${query}`, { redirect: 'manual' });
  expect(page.status).toBe(302);
  const back = new URL(page.headers.get('location') ?? '');
  expect(`${back.origin}${back.pathname}`).toBe(redirectUri);
  // With any other state the app stays blank.
  expect(back.searchParams.get('state')).toBe(state);

  const reply = await browser.fetch(`${stack.globusUrl}/v2/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      client_id: DATAVERSE_GLOBUS_CLIENT_ID,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  });
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  return { auth: reply.body.access_token, transfer: reply.body.other_tokens[0].access_token };
}

/** The app's transfer document; pairs of source and destination paths. */
export function transferDocument(
  submissionId: string,
  [source, destination]: readonly [string, string],
  pairs: readonly (readonly [string, string])[],
): object {
  return {
    DATA_TYPE: 'transfer',
    DATA: pairs.map(([source_path, destination_path]) => ({
      DATA_TYPE: 'transfer_item',
      source_path,
      destination_path,
      recursive: false,
    })),
    submission_id: submissionId,
    notify_on_succeeded: false,
    notify_on_failed: false,
    source_endpoint: source,
    destination_endpoint: destination,
  };
}
