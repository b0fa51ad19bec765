import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, shortDetails } from '../../functions/domain/one-line.ts';

const GRIDFTP =
  'Error (login)\r\nEndpoint: a collection (0a1b2c3d)\r\nServer: 192.0.2.7:443\r\nMessage: Login Failed\r\n---\r\nDetails: 530-Login incorrect. : GlobusError: v=1 c=LOGIN_DENIED\r\n530-GridFTP-Message: No local user\r\n530 End.\r\n';

describe('what Globus adds to an error', () => {
  it('is one line, whatever GridFTP wrote', () => {
    expect(shortDetails(GRIDFTP)).toMatch(/^Error \(login\) Endpoint: a collection/);
    expect(shortDetails('530-Login incorrect.\r\n530-No local user\r\n530 End.')).toBe(
      'Login incorrect. No local user End.',
    );
  });

  it('is what a JSON text says to people', () => {
    const details = JSON.stringify({
      context: [{ operation: 'write', path: '/hdc1/a' }],
      error: { body: 1, message: 'denied' },
    });
    expect(shortDetails(details)).toBe('denied');
    expect(shortDetails(JSON.stringify({ files: 3 }))).toBeNull();
    expect(shortDetails('"plain"')).toBe('plain');
  });

  it('shows no credential', () => {
    for (const text of [
      'GET https://x.example/a?access_token=abc123&b=1',
      'Authorization: Bearer AgXX-abc.def',
      '{"refresh_token": "Ag1234"}',
      `sent ${'Ag0'.repeat(30)}`,
    ]) {
      expect(oneLine(text)).toContain('[left out]');
      expect(oneLine(text)).not.toMatch(/abc123|AgXX|Ag1234|Ag0Ag0/);
    }
  });

  it('is nothing when there is nothing', () => {
    for (const text of ['', ' \r\n\t', '\u0000\u0007']) expect(oneLine(text)).toBeNull();
    expect(shortDetails(null)).toBeNull();
  });

  it('never holds a control character, a line break or more than 200 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        const line = oneLine(text) ?? '-';
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(line.length).toBeLessThanOrEqual(200);
        expect(line).toBe(line.trim());
      }),
    );
  });
});
