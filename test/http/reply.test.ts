import { describe, expect, it } from 'vitest';
import {
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  NoUserTokenError,
  ProxyLoopError,
  RecordTakenError,
  TooLargeError,
  UnauthenticatedError,
  UnavailableError,
  UpstreamRefusedError,
} from '../../functions/domain/errors.ts';
import { asManyAsCarried, assertCarried, errorReply, ok, passOn } from '../../functions/http/reply.ts';
import { seen } from './application-under-test.ts';

describe('the reply to an error of ours', () => {
  it.each([
    { case: InvalidRequestError.name, status: 400, error: new InvalidRequestError('Say what is wrong.') },
    { case: UnauthenticatedError.name, status: 401, error: new UnauthenticatedError('Say what is wrong.') },
    { case: ForbiddenError.name, status: 403, error: new ForbiddenError('Say what is wrong.') },
    { case: NotFoundError.name, status: 404, error: new NotFoundError('Say what is wrong.') },
    { case: ConflictError.name, status: 409, error: new ConflictError('Say what is wrong.') },
    { case: NoUserTokenError.name, status: 409, error: new NoUserTokenError('Say what is wrong.') },
    { case: TooLargeError.name, status: 413, error: new TooLargeError('Say what is wrong.') },
    { case: UpstreamRefusedError.name, status: 502, error: new UpstreamRefusedError('Say what is wrong.') },
    { case: UnavailableError.name, status: 503, error: new UnavailableError('Say what is wrong.') },
    { case: RecordTakenError.name, status: 503, error: new RecordTakenError('Say what is wrong.') },
    { case: ProxyLoopError.name, status: 508, error: new ProxyLoopError('Say what is wrong.') },
  ])("is $status in Dataverse's envelope for $case", ({ status, error }) => {
    const reply = errorReply(error, 'request-1');
    expect(seen(reply)).toEqual({ status, body: { status: 'ERROR', message: 'Say what is wrong.' } });
    expect(reply.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it.each([
    { case: 'a quarter of a minute by default', error: new UnavailableError('x'), expected: '15' },
    { case: 'the time that is told', error: new UnavailableError('x', { retryAfterSeconds: 120 }), expected: '120' },
    {
      case: 'the time a taken record tells',
      error: new RecordTakenError('x', { retryAfterSeconds: 3 }),
      expected: '3',
    },
    { case: 'never, where repeating does not help', error: new ConflictError('x'), expected: undefined },
  ])('asks to come back after $case', ({ error, expected }) => {
    expect(errorReply(error, 'request-1').headers?.['retry-after']).toBe(expected);
  });

  it('keeps details and cause to the log', () => {
    const error = new UnavailableError('Globus does not answer.', {
      cause: new Error('canary-cause'),
      details: { host: 'canary-detail' },
    });
    expect(JSON.stringify(errorReply(error, 'request-1'))).not.toContain('canary');
  });
});

describe('the reply to anything else that is thrown', () => {
  it.each([
    { case: 'an Error', thrown: new Error('canary at /var/task/index.mjs') },
    { case: 'a TypeError', thrown: new TypeError('Cannot read properties of canary') },
    { case: 'a text', thrown: 'canary' },
    { case: 'nothing', thrown: undefined },
    { case: 'an object like one of ours', thrown: { kind: 'invalid', name: 'InvalidRequestError', message: 'canary' } },
  ])('is a 500 that names the request and nothing of $case', ({ thrown }) => {
    expect(seen(errorReply(thrown, 'request-1'))).toEqual({
      status: 500,
      body: {
        status: 'ERROR',
        message: 'Internal server error. Please give the operators this request id: request-1.',
      },
    });
  });
});

describe('the other replies', () => {
  it("have Dataverse's envelope for a success", () => {
    expect(seen(ok({ message: 'Async call to Globus Upload started ' }))).toEqual({
      status: 200,
      body: { status: 'OK', data: { message: 'Async call to Globus Upload started ' } },
    });
  });

  it("pass Dataverse's answer on byte for byte, whatever the bytes", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const reply = passOn({ status: 418, headers: { 'content-type': 'application/x-own', 'x-a': 'b' }, body: bytes });
    expect(reply).toMatchObject({
      statusCode: 418,
      headers: { 'content-type': 'application/x-own', 'x-a': 'b' },
      isBase64Encoded: true,
    });
    expect(new Uint8Array(Buffer.from(reply.body ?? '', 'base64'))).toEqual(bytes);
  });

  it('are cut to the entries of a list that can be carried, and not to fewer', () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => ({ path: `"${'ü'.repeat(200)}"`, index }));
    const carried = asManyAsCarried(entries);
    expect(() => assertCarried(ok(carried))).not.toThrow();
    expect(() => assertCarried(ok(entries.slice(0, carried.length + 1)))).toThrow('can be carried');
    expect(asManyAsCarried(entries.slice(0, 3))).toEqual(entries.slice(0, 3));
  });

  it("pass Dataverse's JSON on as text, which takes a quarter less than Base64", () => {
    const body = Buffer.from('{"status":"OK","data":"température"}', 'utf8');
    const reply = passOn({ status: 200, headers: { 'content-type': 'application/json;charset=UTF-8' }, body });
    expect(reply.isBase64Encoded ?? false).toBe(false);
    expect(Buffer.from(reply.body ?? '', 'utf8')).toEqual(body);
  });

  it('pass on as Base64 what is called JSON and is no text', () => {
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const reply = passOn({ status: 200, headers: { 'content-type': 'application/json' }, body });
    expect(Buffer.from(reply.body ?? '', reply.isBase64Encoded ? 'base64' : 'utf8')).toEqual(body);
  });
});
