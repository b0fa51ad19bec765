import { describe, expect, it } from 'vitest';
import { readSources } from './source-files.ts';

/** What only adapters may do; everything else takes a clock, a random source or a port. */
const FORBIDDEN = [
  { what: 'the time of the machine', pattern: /\bDate\.now\b/ },
  { what: 'the time of the machine as a date', pattern: /\bnew Date\(\s*\)|\bnew Date\b(?!\s*\()/ },
  { what: 'the time of the machine as a text', pattern: /(?<!new )\bDate\(/ },
  { what: 'a monotonic clock', pattern: /\bperformance\.now\b|\bhrtime\b/ },
  { what: 'chance', pattern: /\bMath\.random\b|\brandomBytes\b|\brandomInt\b|\bgetRandomValues\b/ },
  { what: 'a random id', pattern: /\brandomUUID\b/ },
  { what: 'a timer', pattern: /\bset(?:Timeout|Interval|Immediate)\b|\btimers\/promises\b|\bAbortSignal\.timeout\b/ },
  { what: 'the network', pattern: /\bfetch\s*\(|'node:(?:https?|net|tls|dgram)'/ },
] as const;

function trespassersOf(pattern: RegExp): string[] {
  return readSources('functions')
    .filter((file) => !file.path.startsWith('functions/adapters/') && pattern.test(file.code))
    .map((file) => file.path);
}

describe('functions outside the adapters', () => {
  it.each(FORBIDDEN)('never use $what', ({ pattern }) => {
    expect(trespassersOf(pattern)).toEqual([]);
  });

  it('read the environment in the wiring alone', () => {
    expect(trespassersOf(/\bprocess\.env\b/)).toEqual(['functions/wiring.ts']);
  });

  it.each([
    { code: 'const now = Date.now();', caught: true },
    { code: 'const now = new Date();', caught: true },
    { code: 'const now = new Date;', caught: true },
    { code: 'const text = Date();', caught: true },
    { code: 'const date = new Date(epochMilliseconds);', caught: false },
    { code: 'const at = Date.parse(text);', caught: false },
    { code: 'const at = Date.UTC(2026, 1);', caught: false },
    { code: 'const id = crypto.randomUUID();', caught: true },
    { code: 'await setTimeout(100);', caught: true },
    { code: 'clearTimeout(timer);', caught: false },
    { code: 'await fetch (url);', caught: true },
    { code: 'await ports.fetchNothing();', caught: false },
    { code: "import http from 'node:http';", caught: true },
    { code: "import { createHmac } from 'node:crypto';", caught: false },
  ])('are caught at it: $code: $caught', ({ code, caught }) => {
    expect(FORBIDDEN.some(({ pattern }) => pattern.test(code))).toBe(caught);
  });
});
