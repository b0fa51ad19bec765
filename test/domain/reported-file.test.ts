import { describe, expect, it } from 'vitest';
import { CHECKSUM_TYPES, parseChecksumType } from '../../functions/domain/reported-file.ts';

describe('a checksum type', () => {
  it.each(CHECKSUM_TYPES.map((type) => ({ case: type, type })))('$case is itself', ({ type }) => {
    expect(parseChecksumType(type)).toBe(type);
  });

  it.each([
    { text: 'md5', type: 'MD5' },
    { text: 'MD-5', type: 'MD5' },
    { text: 'SHA1', type: 'SHA-1' },
    { text: 'sha_1', type: 'SHA-1' },
    { text: 'SHA256', type: 'SHA-256' },
    { text: 'sha-512', type: 'SHA-512' },
  ])("written as $text is spelt in Dataverse's way", ({ text, type }) => {
    expect(parseChecksumType(text)).toBe(type);
  });

  it.each(['', 'SHA', 'SHA-384', 'SHA-224', 'SHA-3-512', 'SHA-12', 'QuickXorHash', 'CRC32', 'MD', 'MD55'])(
    'written as %j is one Dataverse does not know',
    (text) => {
      expect(parseChecksumType(text)).toBeUndefined();
    },
  );
});
