import { describe, expect, it } from 'vitest';
import { TooLargeError } from '../../functions/domain/errors.ts';
import { readHttpEvent } from '../../functions/http/http-request.ts';
import { anEvent, aRequest } from './requests.ts';

describe('reading a request', () => {
  it('finds its headers whatever their case, and leaves out those without a value', () => {
    const { headers } = aRequest({
      headers: { 'X-Dataverse-Key': 'k', 'CONTENT-TYPE': 'text/plain', 'Idempotency-Key': undefined },
    });
    expect(headers).toEqual({ 'x-dataverse-key': 'k', 'content-type': 'text/plain' });
  });

  it('keeps path and query as they came', () => {
    const request = aRequest({ path: '/api/datasets/29/x', query: 'locale=en&a=%2F+&a=2&token=ab' });
    expect(request).toMatchObject({ path: '/api/datasets/29/x', rawQuery: 'locale=en&a=%2F+&a=2&token=ab' });
    expect(request.query.getAll('a')).toEqual(['/ ', '2']);
  });

  it.each([
    { case: 'plain text', body: '{"a":"ü"}' as string | Buffer, expected: Buffer.from('{"a":"ü"}') },
    { case: 'base64', body: Buffer.from([0, 255, 13, 10]), expected: Buffer.from([0, 255, 13, 10]) },
  ])('gives the bytes of a body that comes as $case', ({ body, expected }) => {
    expect(aRequest({ body }).body).toEqual(expected);
  });

  it('gives an empty body when there is none', () => {
    expect(aRequest().body).toHaveLength(0);
  });

  it.each([
    { case: 'a number', id: '29', expected: '29' },
    { case: 'a name with a colon in escapes', id: '%3ApersistentId', expected: ':persistentId' },
    { case: 'broken escapes, as they are', id: '%E0%A4%A', expected: '%E0%A4%A' },
    { case: 'nothing', id: undefined, expected: '' },
  ])('finds the dataset of the path: $case', ({ id, expected }) => {
    expect(aRequest(id === undefined ? {} : { id }).datasetInPath).toBe(expected);
  });

  it('takes method and request id from the platform', () => {
    expect(aRequest({ method: 'POST', headers: { 'x-http-method-override': 'GET' } })).toMatchObject({
      method: 'POST',
      requestId: 'request-1',
    });
  });
});

describe('the size of a body', () => {
  it.each([
    { case: 'as text', body: 'x'.repeat(4_500_000) as string | Buffer },
    { case: 'as base64, which is a third longer', body: Buffer.alloc(4_500_000) },
  ])('may be 4,500,000 bytes $case', ({ body }) => {
    expect(aRequest({ body }).body).toHaveLength(4_500_000);
  });

  it.each([
    { case: 'as text', body: 'x'.repeat(4_500_001) as string | Buffer },
    { case: 'as base64', body: Buffer.alloc(4_500_001) },
    { case: 'in fewer characters of two bytes', body: `${'ü'.repeat(2_250_000)}x` },
  ])('may not be one byte more $case', ({ body }) => {
    const event = anEvent({ body });
    expect(() => readHttpEvent(event)).toThrow(TooLargeError);
    expect(() => readHttpEvent(event)).toThrow(
      'The request has 4500001 bytes; 4500000 are allowed. Shorten what is said of each file; ask for the paths of large uploads in several requests of some 5,000 files, and report each on its own.',
    );
  });
});
