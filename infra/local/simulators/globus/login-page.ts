import type { OAuthClient } from './oauth-client.ts';
import { DEFAULT_SCOPES } from './scopes.ts';
import type { GlobusWorld } from './world.ts';

/**
 * The page on which someone says who they are, by a click on a link; no script is needed.
 * @param query - of the request for the page; the links repeat it
 */
export function loginPage(world: GlobusWorld, client: OAuthClient, query: URLSearchParams): string {
  const linkFor = (login: string) => {
    const repeated = new URLSearchParams(query);
    repeated.set('login', login);
    return escaped(`/v2/oauth2/authorize?${repeated}`);
  };
  const linked = new Set(world.identities.flatMap(({ linkedIdentityIds = [] }) => linkedIdentityIds));
  const people = world.identities
    .filter(({ id }) => !linked.has(id))
    .map(({ id, name, username }) => `<li><a href="${linkFor(id)}">${escaped(name)}</a> (${escaped(username)})</li>`);
  const scopes = (query.get('scope') || DEFAULT_SCOPES).split(/\s+/).map((scope) => `<li>${escaped(scope)}</li>`);
  return document(
    'Log in',
    `<p>${escaped(client.name)} wants to act for you:</p>
<ul>${scopes.join('')}</ul>
<p>Who are you? A click logs in and agrees.</p>
<ul>${people.join('\n')}</ul>
<p><a href="${linkFor('none')}">Say no</a></p>`,
  );
}

/** The page with a code to copy, for programs that cannot be sent to. */
export function codePage(code: string): string {
  return document('Your authorization code', `<p><code id="auth-code">${escaped(code)}</code></p>`);
}

/** A page that says why someone cannot log in. */
export function problemPage(message: string): string {
  return document('This did not work', `<p>${escaped(message)}</p>`);
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title} (Globus simulator)</title></head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
