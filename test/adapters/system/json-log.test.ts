import { describe, expect, it } from 'vitest';
import { createJsonLog } from '../../../functions/adapters/system/json-log.ts';
import { UnavailableError } from '../../../functions/domain/errors.ts';
import { Secret } from '../../../functions/domain/secret.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { START_MILLISECONDS } from '../adapter-parts.ts';

function loggedWith(
  facts: Record<string, unknown>,
  event = 'something.happened',
): { line: string; json: Record<string, unknown> } {
  const lines: string[] = [];
  createJsonLog((line) => lines.push(line), createManualClock(START_MILLISECONDS)).info(event, facts);
  const line = lines.join('');
  return { line, json: JSON.parse(line) };
}

describe('the JSON log', () => {
  it('writes one object a line with time, level, event and facts', () => {
    const { line, json } = loggedWith({ datasetId: '29' });
    expect(json).toEqual({
      time: '2026-02-03T04:05:06.000Z',
      level: 'info',
      event: 'something.happened',
      datasetId: '29',
    });
    expect(line.indexOf('\n')).toBe(line.length - 1);
  });

  it('adds the facts of `with` to every line and lets none replace time, level or event', () => {
    const lines: string[] = [];
    const log = createJsonLog((line) => lines.push(line), createManualClock(0), { requestId: 'r1' });
    log.with({ transferId: '29-18bf3af9c78' }).error('failed', { level: 'info', event: 'other', transferId: 'newer' });
    expect(JSON.parse(lines.join(''))).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'error',
      event: 'failed',
      requestId: 'r1',
      transferId: 'newer',
    });
  });

  it('shows errors as name, message, details and causes, without stacks', () => {
    const cause = new Error('connect failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) });
    const { line, json } = loggedWith({
      error: new UnavailableError('no answer', { cause, details: { status: 502 } }),
    });
    expect(json['error']).toEqual({
      name: 'UnavailableError',
      message: 'no answer',
      details: { status: 502 },
      causes: [
        { name: 'Error', message: 'connect failed' },
        { name: 'Error', message: 'refused' },
      ],
    });
    expect(line).not.toContain('json-log.test');
  });

  it.each([
    { case: 'a Secret', fact: new Secret('canary-42') },
    { case: 'a Secret deep in an object', fact: { a: [{ b: new Secret('canary-42') }] } },
    { case: 'a signed URL', fact: 'http://x/api/v1/datasets/1?until=2031&user=a&method=GET&token=canary-42' },
    { case: 'an API key in a query', fact: '/api/datasets/1?key=canary-42&x=1' },
    { case: 'an unblock key', fact: '/api/admin/x?unblock-key=canary-42' },
    { case: 'an access token in a form', fact: 'access_token=canary-42' },
    { case: 'a bearer header', fact: 'sent Authorization: Bearer canary-42' },
    { case: 'a basic header', fact: 'Basic canary-42==' },
    { case: 'a key header', fact: 'X-Dataverse-key: canary-42' },
    { case: 'a token echoed by Dataverse', fact: 'User with token canary-42 not found.' },
    { case: 'a member that is named so', fact: { Authorization: 'canary-42', taskToken: 'canary-42' } },
    { case: 'the cause of an error', fact: new Error('x', { cause: new Error('GET /?token=canary-42') }) },
  ])('hides $case', ({ fact }) => {
    expect(loggedWith({ fact }).line).not.toContain('canary-42');
  });

  it.each([
    'GET /api/v1/datasets/29/locks?type=GlobusUpload',
    'Bearer token is validated, but there is no linked user account.',
    'User with token null not found.',
    'Bad API key',
  ])('keeps %j, which holds no secret', (fact) => {
    expect(loggedWith({ fact }).json['fact']).toBe(fact);
  });

  it('survives circles, big integers, bytes and very long texts', () => {
    const circle: Record<string, unknown> = { size: 12n, bytes: new Uint8Array(3), long: 'x'.repeat(10_000) };
    circle['self'] = circle;
    const { json, line } = loggedWith({ circle });
    expect(json['circle']).toMatchObject({ size: '12', bytes: '[3 bytes]' });
    expect(line.length).toBeLessThan(40_000);
  });
});
