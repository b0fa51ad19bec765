import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../functions/domain/errors.ts';
import { parseJson } from '../../functions/domain/json.ts';
import { parseUploadReport } from '../../functions/domain/report.ts';
import { TASK } from '../support/builders.ts';
import { thrownBy } from './thrown-by.ts';

const COMPLAINT = 'Error parsing json body';

function refusalOf(text: string): string {
  const error = thrownBy(() => parseJson(text, COMPLAINT));
  expect(error).toBeInstanceOf(InvalidRequestError);
  return error.message;
}

/** A list of `count` items, or an object of as many members. */
const list = (count: number) => `[${Array.from({ length: count }, () => '0').join(',')}]`;
const object = (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}":0`).join(',')}}`;

describe('a member that stands twice', () => {
  it.each([
    { case: 'side by side', text: '{"principal":"a","principal":"b"}', name: 'principal' },
    { case: 'once in escapes', text: '{"files":[],"fi\\u006ces":[1]}', name: 'files' },
    { case: 'with another one between', text: '{"a":1,"b":{"a":2},"a":3}', name: 'a' },
    { case: 'inside a list', text: '[{"b":[]},{"a":1 , "a" :\n1}]', name: 'a' },
    { case: 'with names of Object', text: '{"constructor":1,"constructor":2}', name: 'constructor' },
  ])('is refused by its name: $case', ({ text, name }) => {
    expect(refusalOf(text)).toBe(
      `${COMPLAINT}: expected JSON, got something else (the member "${name}" stands twice).`,
    );
  });

  it.each([
    { case: 'in two objects', text: '[{"a":1},{"a":2}]' },
    { case: 'in an object and the one around it', text: '{"a":{"a":{"a":1}},"b":{"a":1}}' },
    { case: 'as a name and as a text', text: '{"a":"a","b":["a","a"]}' },
    { case: 'in a text that looks like JSON', text: JSON.stringify({ a: '{"a":1,"a":2}' }) },
    { case: 'but for its case', text: '{"a":1,"A":2}' },
  ])('is none $case', ({ text }) => {
    expect(parseJson(text, COMPLAINT)).toEqual(JSON.parse(text));
  });
});

describe('more than any request of ours holds', () => {
  it.each([
    { case: 'fifty thousand items', text: list(50_000) },
    { case: 'fifty thousand members', text: object(50_000) },
    {
      case: 'some three hundred thousand values in all',
      text: `[${Array.from({ length: 6 }, () => list(49_990)).join(',')}]`,
    },
  ])('is not $case', ({ text }) => {
    expect(parseJson(text, COMPLAINT)).toEqual(JSON.parse(text));
  });

  it.each([
    { case: 'one item more', text: list(50_001), said: 'a list or an object has more than 50000 members' },
    { case: 'one member more', text: object(50_001), said: 'a list or an object has more than 50000 members' },
    {
      case: 'lists of lists',
      text: `[${Array.from({ length: 7 }, () => list(49_999)).join(',')}]`,
      said: 'there are more than 300000 values',
    },
  ])('is $case', ({ text, said }) => {
    expect(refusalOf(text)).toBe(`${COMPLAINT}: ${said}.`);
  });
});

describe('a report that is wrong all over', () => {
  const report = (entries: readonly string[]) => `{"taskIdentifier":"${TASK}","files":[${entries.join(',')}]}`;
  const wrong = '{"storageIdentifier":0,"fileName":0,"label":0,"mimeType":0}';

  it('is refused with the first ten faults, however many there are', () => {
    const error = thrownBy(() => parseUploadReport(report(Array.from({ length: 49_000 }, () => wrong))));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error.message.match(/files\.\d+\./g)).toHaveLength(10);
    expect(error.message).toContain('files.0.storageIdentifier');
    expect(error.message).toContain('files.2.');
    expect(error.message).not.toContain('files.3.');
  });

  it('is refused for an entry that is too large, whatever it is made of, before that is looked at', () => {
    const entry = `{"storageIdentifier":"a","fileName":"a","categories":${list(49_000)}}`;
    const error = thrownBy(() => parseUploadReport(report([entry])));
    expect(error.message).toContain('files.0: its description has more than 50000 bytes in all');
  });
});
