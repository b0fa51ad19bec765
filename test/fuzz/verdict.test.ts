import { describe, expect, it } from 'vitest';
import type { WireReply, WireRequest } from './fuzz-request.ts';
import { createJudge } from './verdict.ts';

const judge = createJudge();
const REQUEST: WireRequest = {
  method: 'POST',
  target: '/api/v1/datasets/29/requestGlobusUploadPaths?a=b',
  headers: [],
  body: undefined,
};

function reply(status: number, message: string, headers: WireReply['headers'] = {}): WireReply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'apigw-requestid': 'x', ...headers },
    body: JSON.stringify({ status: 'ERROR', message }),
  };
}

const verdict = (given: WireReply, request: Partial<WireRequest> = {}) =>
  judge.faultsOf({ ...REQUEST, ...request }, given).join('\n');

const DATAVERSE_FAULT = {
  ...reply(500, ''),
  body: '{"status":"ERROR","code":500,"message":"Internal server error. More details available at the server logs.","interalError":"TypeError"}',
};
const LOOP = [['X-Globus-Functions-Hop', '1']] as const;

describe('the judge of replies', () => {
  it.each([
    { case: 'a refusal', given: reply(401, 'Bad API key') },
    {
      case: 'a refusal for the moment',
      given: reply(503, 'The lease of this upload is just ending. Please repeat the report.', { 'retry-after': '15' }),
    },
    { case: 'a loop that was asked for', given: reply(508, 'round'), request: { headers: LOOP } },
    {
      case: "Dataverse's own fault, of a dataset that is not ours",
      given: DATAVERSE_FAULT,
      request: { target: '/api/v1/datasets/31/requestGlobusUploadPaths' },
    },
    {
      case: 'what is no business of the API',
      given: { ...reply(500, 'x'), headers: {} },
      request: { target: '/api/datasets/29/locks' },
    },
  ])('lets $case pass', ({ given, request }) => {
    expect(verdict(given, request)).toBe('');
  });

  it('finds a body that was taken though the document does not allow it', () => {
    const taken = { ...reply(200, ''), body: '{"status":"OK","data":{}}' };
    const body = Buffer.from('{"principal":"d15d4244-fc10-47f3-a790-85bdb6db9a75","numberOfFiles":"two"}');
    expect(verdict(taken, { body })).toMatch(/not documented: \/numberOfFiles/);
  });

  it.each([
    { case: 'a fault', given: reply(500, 'Internal server error.'), fault: /^500/ },
    { case: "Dataverse's fault for one of our datasets", given: DATAVERSE_FAULT, fault: /500/ },
    { case: 'a refusal by Globus', given: reply(502, 'Globus refused'), fault: /^502/ },
    { case: 'a loop that nobody asked for', given: reply(508, 'round'), fault: /508/ },
    {
      case: 'a 503 for another reason',
      given: reply(503, 'Globus gave no answer', { 'retry-after': '15' }),
      fault: /no known reason/,
    },
    {
      case: 'a 503 that does not say when to repeat',
      given: reply(503, 'The lease of this upload is just ending.'),
      fault: /Retry-After/,
    },
    {
      case: 'a credential that comes back',
      given: reply(401, 'Bad key canary-key-5f0c2d3e-91a7-4c54'),
      fault: /sent as a credential/,
    },
    { case: 'the inside of the program', given: reply(400, 'x at file:///functions/http/a.ts:1:2'), fault: /inside/ },
    { case: 'a status that is not documented', given: reply(418, 'x'), fault: /418/ },
    {
      case: 'a body that is not documented',
      given: { ...reply(401, ''), body: '{"status":"ERROR"}' },
      fault: /message/,
    },
    { case: 'an answer that another server gave', given: { ...reply(400, 'x'), headers: {} }, fault: /gateway/ },
  ])('finds $case', ({ given, fault }) => {
    expect(verdict(given)).toMatch(fault);
  });
});
