import { describe, expect, it } from 'vitest';
import { readSources } from './source-files.ts';

/** What a secret, or something made of one, is called in this project, at the end of an expression. */
const SECRET = /(?:token|signature|secret|digest|bearer|hmac|password|reveal\(\))$/i;
/** What is compared with nothing, or with a text that stands in the code, tells nothing about a secret. */
const PLAIN = /^(?:undefined|null|\d+|['"`].*)$/;
const COMPARISON = /(typeof )?([\w.?]+(?:\(\))?|'[^']*')\s*[!=]==?\s*([\w.?]+(?:\(\))?|'[^']*')/g;
/** They end at the first difference, so that their time tells how much was right (T-07). */
const IN_PARTS =
  /\b\w*(?:[tT]oken|[sS]ignature|[sS]ecret|[dD]igest|reveal\(\))\.(?:startsWith|endsWith|localeCompare|indexOf)\(/;
const AS_BUFFERS = /\b(?:isDeepStrictEqual|Buffer\.compare)\(|\.equals\(/;

/** Both sides were fetched by ourselves: is the token that was refused still the one in use? */
const OWN_TOKENS_ONLY = ['functions/adapters/globus/access-tokens.ts'];

/** Is a secret compared with something that may come from outside, by a sign that stops at the first difference? */
function comparesSecret(line: string): boolean {
  return [...line.matchAll(COMPARISON)].some(([, isOfType, left = '', right = '']) => {
    if (isOfType || PLAIN.test(left) || PLAIN.test(right)) return false;
    return SECRET.test(left) || SECRET.test(right);
  });
}

const LINES = readSources('functions')
  .filter(({ path }) => !OWN_TOKENS_ONLY.includes(path))
  .flatMap(({ path, code }) => code.split('\n').map((line) => ({ path, line: line.trim() })));

describe('secrets and signatures', () => {
  it.each([
    { how: 'by signs of equality', isSo: comparesSecret },
    { how: 'by their beginnings', isSo: (line: string) => IN_PARTS.test(line) },
    { how: 'as buffers, byte by byte', isSo: (line: string) => AS_BUFFERS.test(line) },
  ])('are never compared $how', ({ isSo }) => {
    expect(LINES.filter(({ line }) => isSo(line))).toEqual([]);
  });

  it('are compared in constant time in one place alone', () => {
    const places = LINES.filter(({ line }) => /\btimingSafeEqual\(/.test(line)).map(({ path }) => path);
    expect(places).toEqual(['functions/domain/signed-url.ts']);
  });

  it.each([
    { code: 'if (token === expected) return user;', caught: true },
    { code: 'return expected !== given.token;', caught: true },
    { code: 'return key.reveal() == other;', caught: true },
    { code: 'const isGood = expected === call.signature;', caught: true },
    { code: 'if (apiToken === undefined) return;', caught: false },
    { code: "if (name === 'token') return given;", caught: false },
    { code: "if (record.taskToken !== null && token !== '') wake();", caught: false },
    { code: "if (typeof token === 'string') return token;", caught: false },
  ])('would be caught: $code: $caught', ({ code, caught }) => {
    expect(comparesSecret(code)).toBe(caught);
  });
});
