import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../functions/domain/secret.ts';
import {
  isOurSignedQuery,
  parseSigningKeys,
  type SignedCall,
  type SigningKeys,
  signUrl,
  untilAfter,
  verifySignedQuery,
} from '../../functions/domain/signed-url.ts';
import { START_MILLISECONDS } from '../support/builders.ts';
import { anyText, hexText } from './arbitrary-values.ts';

const NEW_KEY = 'a1'.repeat(32);
const OLD_KEY = 'b2'.repeat(32);
const KEYS = keysOf(NEW_KEY);
const BASE = 'https://dataverse.example.edu/api/v1/datasets/29/addGlobusFiles';
const UNTIL = untilAfter(START_MILLISECONDS, 300);
const UNTIL_MILLISECONDS = START_MILLISECONDS + 300 * 60_000;
const CALL: SignedCall = {
  method: 'POST',
  operation: 'addGlobusFiles',
  datasetId: '29',
  user: 'curator',
  until: UNTIL,
  downloadId: null,
};
const VERIFIED = { user: 'curator', downloadId: null };

function keysOf(...hexTexts: string[]): SigningKeys {
  return parseSigningKeys(new Secret(hexTexts.join(',')));
}

function queryOf(url: string): string {
  return url.slice(url.indexOf('?') + 1);
}

function signedQuery(changes: Partial<SignedCall> = {}, keys = KEYS): string {
  return queryOf(signUrl(keys, BASE, { ...CALL, ...changes }));
}

function verify(query: string, called: Partial<SignedCall> = {}, keys = KEYS, nowMilliseconds = START_MILLISECONDS) {
  return verifySignedQuery(keys, query, { ...CALL, ...called }, nowMilliseconds);
}

/** The query with one parameter's raw value replaced. */
function withParameter(query: string, name: string, rawValue: string): string {
  return query
    .split('&')
    .map((part) => (part.startsWith(`${name}=`) ? `${name}=${rawValue}` : part))
    .join('&');
}

describe('a URL of ours', () => {
  it("looks like one of Dataverse's, with the key's id in front", () => {
    expect(signUrl(KEYS, BASE, CALL)).toMatch(
      /^https:\/\/dataverse\.example\.edu\/api\/v1\/datasets\/29\/addGlobusFiles\?kid=[0-9a-f]{8}&until=2026-03-01T05:00:00\.000&user=curator&method=POST&token=[0-9a-f]{128}$/,
    );
  });

  it('verifies for the call it was signed for, whoever the user and whatever the dataset', () => {
    const calls = fc.record({
      method: fc.constantFrom('GET', 'POST'),
      operation: fc.constantFrom('requestGlobusUploadPaths', 'addGlobusFiles', 'requestGlobusDownload'),
      datasetId: fc.integer({ min: 1 }).map(String),
      user: anyText,
      downloadId: fc.option(fc.uuid()),
    });
    fc.assert(
      fc.property(calls, ({ downloadId, ...call }) => {
        const verified = verify(signedQuery({ ...call, downloadId }), call);
        expect(verified).toEqual({ user: call.user, downloadId });
      }),
    );
  });

  it.each(['a b', 'a&user=admin', 'a+b@example.edu', 'ü', '%41', 'a#b', "o'neill", 'a=b', '@curator'])(
    'carries the user %j as it is',
    (user) => {
      expect(verify(signedQuery({ user }))).toEqual({ user, downloadId: null });
    },
  );

  it('keeps its base address', () => {
    expect(signUrl(KEYS, BASE, CALL).startsWith(`${BASE}?`)).toBe(true);
  });

  it.each([
    { case: 'key id', name: 'kid', value: '00000000' },
    { case: 'end', name: 'until', value: untilAfter(START_MILLISECONDS, 301) },
    { case: 'end written in another way', name: 'until', value: UNTIL.replace('.000', '') },
    { case: 'user', name: 'user', value: 'admin' },
    { case: 'user in another case', name: 'user', value: 'Curator' },
    { case: 'user, encoded once more', name: 'user', value: '%2563urator' },
    { case: 'user that breaks the encoding', name: 'user', value: '%E0%A4%A' },
    { case: 'method', name: 'method', value: 'GET' },
    { case: 'method in another case', name: 'method', value: 'post' },
    { case: 'download', name: 'downloadId', value: '00000000-0000-4000-8000-000000000002' },
    { case: 'signature', name: 'token', value: '0'.repeat(128) },
    { case: 'signature, emptied', name: 'token', value: '' },
  ])('is refused with another $case', ({ name, value }) => {
    const query = signedQuery({ downloadId: '00000000-0000-4000-8000-000000000001' });
    const altered = withParameter(query, name, value);
    expect(altered).not.toBe(query);
    expect(verify(altered)).toBeUndefined();
  });

  it.each([
    { case: 'dataset', called: { datasetId: '30' } },
    { case: 'dataset written as a persistent id', called: { datasetId: ':persistentId' } },
    { case: 'operation', called: { operation: 'requestGlobusUploadPaths' } },
    { case: 'method', called: { method: 'GET' } },
  ])('is refused for another $case', ({ called }) => {
    expect(verify(signedQuery(), called)).toBeUndefined();
  });

  it('is refused with any one character of its signature changed', () => {
    const query = signedQuery();
    const tokenAt = query.indexOf('token=') + 'token='.length;
    fc.assert(
      fc.property(fc.nat({ max: 127 }), hexText(1), (offset, digit) => {
        const at = tokenAt + offset;
        fc.pre(query[at] !== digit);
        expect(verify(query.slice(0, at) + digit + query.slice(at + 1))).toBeUndefined();
      }),
    );
  });

  it.each(['kid', 'until', 'user', 'method', 'token'])('is refused without its %s', (name) => {
    const parts = signedQuery().split('&');
    expect(verify(parts.filter((part) => !part.startsWith(`${name}=`)).join('&'))).toBeUndefined();
  });

  it('is not one for a download by having one added', () => {
    const query = signedQuery().replace('&token=', '&downloadId=00000000-0000-4000-8000-000000000001&token=');
    expect(verify(query)).toBeUndefined();
  });
});

describe('what clients append', () => {
  it.each([
    { case: 'another user', appended: '&user=admin' },
    { case: 'another token', appended: '&token=0' },
    { case: 'a parameter of their own', appended: '&locale=en&x=%zz' },
    { case: 'ends without a value', appended: '&' },
    { case: 'a second question mark', appended: '&?' },
  ])('after the token is never read: $case', ({ appended }) => {
    expect(verify(signedQuery() + appended)).toEqual(VERIFIED);
  });

  it.each([
    { case: 'the user again', added: 'user=curator' },
    { case: 'another user', added: 'user=admin' },
    { case: 'an empty user', added: 'user=' },
    { case: 'the key id again', added: 'kid=00000000' },
    { case: 'a parameter we do not know', added: 'locale=en' },
    { case: 'a known one in another case', added: 'User=admin' },
    { case: 'a known one in escapes', added: '%75ser=admin' },
    { case: 'a name without a value', added: 'user' },
    { case: 'nothing between two ampersands', added: '' },
    { case: 'a name that every object has', added: 'constructor=x' },
  ])('before the token refuses the URL: $case', ({ added }) => {
    const query = signedQuery();
    expect(verify(`${added}&${query}`)).toBeUndefined();
    expect(verify(query.replace('&token=', `&${added}&token=`))).toBeUndefined();
  });
});

describe('the end of a signed URL', () => {
  it.each([
    { case: 'before it', offsetSeconds: -1, expected: VERIFIED },
    { case: 'at it', offsetSeconds: 0, expected: VERIFIED },
    { case: '59 s after it, as clocks differ', offsetSeconds: 59, expected: VERIFIED },
    { case: '60 s after it', offsetSeconds: 60, expected: VERIFIED },
    { case: '61 s after it', offsetSeconds: 61, expected: undefined },
    { case: 'a year after it', offsetSeconds: 31_536_000, expected: undefined },
  ])('is judged in UTC: $case', ({ offsetSeconds, expected }) => {
    expect(verify(signedQuery(), {}, KEYS, UNTIL_MILLISECONDS + offsetSeconds * 1000)).toEqual(expected);
  });

  it.each(['', 'tomorrow', '2026-13-01T00:00:00.000', '9'.repeat(40)])(
    'that is no moment refuses even a URL that is signed: %j',
    (until) => {
      expect(verify(signedQuery({ until }))).toBeUndefined();
    },
  );

  it.each([
    { minutes: 0, expected: '2026-03-01T00:00:00.000' },
    { minutes: 5, expected: '2026-03-01T00:05:00.000' },
    { minutes: 1_440, expected: '2026-03-02T00:00:00.000' },
  ])('lies $minutes minutes ahead as $expected', ({ minutes, expected }) => {
    expect(untilAfter(START_MILLISECONDS, minutes)).toBe(expected);
  });
});

describe('changing the signing key', () => {
  const both = keysOf(NEW_KEY, OLD_KEY);

  it('signs with the first and goes on verifying what the old one signed', () => {
    expect(signedQuery({}, both)).toBe(signedQuery({}, keysOf(NEW_KEY)));
    expect(verify(signedQuery({}, keysOf(OLD_KEY)), {}, both)).toEqual(VERIFIED);
    expect(verify(signedQuery({}, keysOf(NEW_KEY)), {}, both)).toEqual(VERIFIED);
  });

  it('ends the old URLs once the old key is gone', () => {
    expect(verify(signedQuery({}, keysOf(OLD_KEY)), {}, keysOf(NEW_KEY))).toBeUndefined();
  });

  it('never takes a signature under the id of another key', () => {
    const query = signedQuery({}, keysOf(OLD_KEY));
    const [newKey] = both.keys;
    expect(verify(withParameter(query, 'kid', newKey?.keyId ?? ''), {}, both)).toBeUndefined();
  });

  it('refuses an unknown key id, also when signed with the zeros that stand in for it', () => {
    const zeros: SigningKeys = { keys: [{ keyId: '00000000', bytes: Buffer.alloc(32) }] };
    expect(verify(signedQuery({}, zeros))).toBeUndefined();
  });

  it('verifies nothing under a key it was not signed with', () => {
    fc.assert(
      fc.property(hexText(64), hexText(64), (one, other) => {
        fc.pre(one !== other);
        expect(verify(signedQuery({}, keysOf(one)), {}, keysOf(other))).toBeUndefined();
      }),
    );
  });
});

describe('the signing secret', () => {
  it.each([
    { case: 'empty', text: '', expected: 'The URL signing secret is empty.' },
    { case: 'of blanks and commas', text: ' , ,', expected: 'The URL signing secret is empty.' },
    { case: 'of 31 bytes', text: 'ab'.repeat(31), expected: 'expected hex text of at least 32 bytes' },
    { case: 'no hex', text: 'correct horse battery staple, surely long enough', expected: 'expected hex text' },
    { case: 'hex with a word behind', text: `${NEW_KEY}xyz`, expected: 'expected hex text' },
    { case: 'good, with a short one after it', text: `${NEW_KEY},abcd`, expected: 'expected hex text' },
  ])('is refused when it is $case', ({ text, expected }) => {
    expect(() => parseSigningKeys(new Secret(text))).toThrow(expected);
  });

  it('is not repeated when it is refused', () => {
    expect(() => parseSigningKeys(new Secret('abad1dea'))).toThrow(/^((?!abad1dea).)*$/);
  });

  it.each([
    { case: 'of 32 bytes', text: NEW_KEY, count: 1 },
    { case: 'of 64 bytes', text: 'ab'.repeat(64), count: 1 },
    { case: 'in capitals', text: 'AB'.repeat(32), count: 1 },
    { case: 'of two keys with blanks and a line end', text: `${NEW_KEY} , ${OLD_KEY}\n`, count: 2 },
  ])('is accepted $case', ({ text, count }) => {
    expect(parseSigningKeys(new Secret(text)).keys).toHaveLength(count);
  });

  it('signs nothing when there is no key', () => {
    expect(() => signUrl({ keys: [] }, BASE, CALL)).toThrow('There is no signing key.');
  });
});

describe('telling whose a signed URL is', () => {
  it.each([
    { case: 'ours', query: signedQuery(), expected: true },
    { case: 'ours with appended parameters', query: `${signedQuery()}&x=1`, expected: true },
    { case: "Dataverse's", query: 'until=2031-02-03T04:05:06.789&user=a&method=POST&token=ab', expected: false },
    { case: 'one with a parameter that ends alike', query: 'mykid=1&token=ab', expected: false },
    { case: 'one whose user is called so', query: 'user=kid&token=ab', expected: false },
    { case: 'none', query: '', expected: false },
  ])('goes by the key id: $case', ({ query, expected }) => {
    expect(isOurSignedQuery(query)).toBe(expected);
  });
});
