import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCUMENTS } from '../../infra/documents/documents.ts';

describe('pages made from the sources', () => {
  it.each(DOCUMENTS)('are up to date: $file', ({ file, text }) => {
    const written = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(written, 'run `npm run docs`').toBe(text());
  });

  it('list every setting of the service once', () => {
    const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
    for (const name of ['SITE_URL', 'STORES', 'CORS_ORIGINS', 'LEASE_SECONDS', 'STATE_MACHINE_ARN', 'PORT']) {
      expect(page).toContain(`| \`${name}\` |`);
    }
  });
});
