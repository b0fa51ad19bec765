import { describe, expect, it } from 'vitest';
import { isValidSignedUrl, signature, signUrl } from '../../../infra/local/simulators/dataverse/signed-urls.ts';

const API_TOKEN = '11111111-2222-3333-4444-555555555555';
const UNTIL_MILLISECONDS = Date.parse('2031-02-03T04:05:06.789Z');
const NOW = UNTIL_MILLISECONDS - 5 * 60_000;
const KEY = `unit-test-secret${API_TOKEN}`;

const vectors = [
  {
    case: 'with a secret',
    key: KEY,
    baseUrl: 'https://dataverse.example.edu/api/v1/datasets/4242/requestGlobusUploadPaths',
    httpMethod: 'POST',
    text: 'https://dataverse.example.edu/api/v1/datasets/4242/requestGlobusUploadPaths?until=2031-02-03T04:05:06.789&user=testcurator&method=POST&token=',
    token:
      'bd5c86ecdb017988a82553ed330273699b22e75e1b7ebd461697e08c9d881948eee6c6646446e7f6275c0c315e8d9409c22ca0aa7d4bc2d49c9874804930cf34',
  },
  {
    case: 'without a secret, to a URL that has a query',
    key: API_TOKEN,
    baseUrl:
      'https://dataverse.example.edu/api/v1/datasets/4242/globusDownloadParameters?locale=en&downloadId=00000000-0000-4000-8000-000000000001',
    httpMethod: 'GET',
    text: 'https://dataverse.example.edu/api/v1/datasets/4242/globusDownloadParameters?locale=en&downloadId=00000000-0000-4000-8000-000000000001&until=2031-02-03T04:05:06.789&user=testcurator&method=GET&token=',
    token:
      '2b891ab59770a16fc5428e69871c0ff797186b9e613b1cdf2794c5be361b63510caec56d955429f67fbd902bcf3b8d8f3decec028cc82fdbe89ea159ebb21f4d',
  },
];

describe('signUrl', () => {
  it.each(vectors)('reproduces the reference vector $case', ({ key, baseUrl, httpMethod, text, token }) => {
    const order = { baseUrl, httpMethod, timeOutMinutes: 5, user: 'testcurator' };
    expect(signUrl(order, key, NOW)).toBe(text + token);
  });

  it('always writes milliseconds', () => {
    const order = { baseUrl: 'http://a/b', httpMethod: 'GET', timeOutMinutes: 1, user: 'u' };
    expect(signUrl(order, 'k', Date.parse('2031-01-01T00:00:00Z'))).toContain('until=2031-01-01T00:01:00.000&');
  });
});

describe('isValidSignedUrl', () => {
  const baseUrl = 'http://dataverse.test/api/v1/datasets/29';
  const signed = signUrl({ baseUrl, httpMethod: 'GET', timeOutMinutes: 5, user: 'curator' }, KEY, NOW);
  const request = { user: 'curator', httpMethod: 'GET' };

  it.each([
    { case: 'as it was made', url: signed },
    { case: 'with a parameter after the token', url: `${signed}&dvLocale=en` },
    { case: 'with contradicting parameters after the token', url: `${signed}&user=other&method=POST&token=x` },
    { case: 'in its last millisecond', url: signed, now: UNTIL_MILLISECONDS },
    { case: 'with percent-encoding that says the same', url: signed.replace('/datasets', '/%64atasets') },
  ])('accepts a URL $case', ({ url, now = NOW }) => {
    expect(isValidSignedUrl(url, request, KEY, now)).toBe(true);
  });

  it.each([
    { case: 'a millisecond too late', url: signed, now: UNTIL_MILLISECONDS + 1 },
    { case: 'for another method', url: signed, request: { ...request, httpMethod: 'POST' } },
    { case: 'for another user', url: signed, request: { ...request, user: 'reader' } },
    { case: 'with another key', url: signed, key: API_TOKEN },
    { case: 'with a longer time', url: signed.replace('until=2031', 'until=2041') },
    { case: 'for another dataset', url: signed.replace('/29', '/30') },
    { case: 'for another host', url: signed.replace('dataverse.test', 'internal.test') },
    { case: 'for another scheme', url: signed.replace('http:', 'https:') },
    { case: 'with a parameter before the token', url: signed.replace('&token=', '&locale=en&token=') },
    { case: 'with a shortened token', url: signed.slice(0, -1) },
    { case: 'without a token', url: signed.slice(0, signed.indexOf('&token')) },
    { case: 'with broken percent-encoding', url: `${signed}&x=%zz` },
  ])('refuses a URL $case', ({ url, key = KEY, now = NOW, request: given = request }) => {
    expect(isValidSignedUrl(url, given, key, now)).toBe(false);
  });

  it('refuses a time it cannot read, although the signature is right', () => {
    const text = `${baseUrl}?until=tomorrow&user=curator&method=GET&token=`;
    expect(isValidSignedUrl(text + signature(text, KEY), request, KEY, NOW)).toBe(false);
  });
});
