import { describe, expect, it } from 'vitest';
import { createJsonLog } from '../../../functions/adapters/system/json-log.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { ODD_TEXTS } from '../../support/odd-texts.ts';
import { START_MILLISECONDS } from '../adapter-parts.ts';

function lineOf(text: string): string {
  const written: string[] = [];
  createJsonLog((line) => written.push(line), createManualClock(START_MILLISECONDS)).info(text, {
    [text]: { said: text },
  });
  return written.join('');
}

describe('a line of the log', () => {
  it.each([
    ...ODD_TEXTS,
    { case: 'a character of no width beyond the first plane', text: 'tag \u{e0041} and shy\u00ad\ufeff' },
  ])('holds $case whole, and shows no character that ends it or turns it round', ({ text }) => {
    const line = lineOf(text);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const { event, ...facts } = JSON.parse(line);
    expect([event, facts[text]]).toEqual([text, { said: text }]);
  });
});
