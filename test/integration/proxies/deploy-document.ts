import { readFileSync } from 'node:fs';

/** What docs/deploy.md says to configure in one kind of proxy, as it stands there. */
export interface DocumentedProxy {
  /** Section 4: the entrance that leads past the routes. */
  readonly bypass: string;
  /** Section 7: the calls that go to the API. */
  readonly routes: string;
}

/** The addresses and files that the document takes as examples. */
export const EXAMPLE = {
  siteName: 'dataverse.example.edu',
  apiName: 'abc123.execute-api.eu-west-2.amazonaws.com',
  dataverse: 'http://127.0.0.1:8080',
  certificate: '/etc/pki/tls/certs/dataverse.pem',
  key: '/etc/pki/tls/private/dataverse.key',
  authorities: '/etc/pki/tls/certs/ca-bundle.crt',
} as const;

const DOCUMENT = new URL('../../../docs/deploy.md', import.meta.url);

/** @throws Error when the document has other blocks for this proxy than one for the bypass and, after it, one for the routes */
export function documentedProxy(language: 'nginx' | 'apache'): DocumentedProxy {
  const text = readFileSync(DOCUMENT, 'utf8');
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block]) => block);
  const [bypass, routes, ...more] = blocks;
  if (bypass === undefined || routes === undefined || more.length > 0)
    throw new Error(`docs/deploy.md has ${blocks.length} ${language} blocks; expected the bypass and the routes`);
  return { bypass, routes };
}

/**
 * Puts the addresses of a test in the place of the document's.
 * @throws Error naming what the document does not say any more
 */
export function withAddresses(block: string, replacements: readonly (readonly [from: string, to: string])[]): string {
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`docs/deploy.md does not say "${from}" any more`);
    return text.replaceAll(from, to);
  }, block);
}
