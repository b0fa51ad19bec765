import { describe, expect, it } from 'vitest';
import { verifySignedQuery } from '../../functions/domain/signed-url.ts';
import { readUploadParameters } from '../../functions/use-cases/rewrite-upload-parameters.ts';
import { START_MILLISECONDS } from '../support/builders.ts';
import { SIGNING_KEYS, SITE_URL } from './application-under-test.ts';

const BASE = `${SITE_URL}/api/v1/datasets/4242`;
const SIGNATURE = 'until=2031-02-03T04:05:06.789&user=testcurator&method=POST&token=bd5c86ec';

/** Dataverse's answer for a managed store (dataverse-api.md 2.1), with members that this release does not know. */
function anAnswer(parameters: Record<string, unknown> = {}, signature = `?${SIGNATURE}`) {
  const url = (name: string, httpMethod: string, path: string) => ({
    name,
    httpMethod,
    signedUrl: `${BASE}/${path}${signature}`,
    timeOut: 5,
  });
  return {
    status: 'OK',
    added: { by: ['a later release'] },
    data: {
      queryParameters: {
        datasetId: 4242,
        siteUrl: SITE_URL,
        datasetVersion: ':draft',
        dvLocale: 'en',
        datasetPid: 'doi:10.99999/TST/QWERTY',
        managed: 'true',
        fileSizeLimit: 5_000_000_000,
        remainingQuota: 750_000_000,
        endpoint: '9b1f3c2e-0000-4000-8000-0000000000aa',
        ...parameters,
      },
      signedUrls: [
        url('requestGlobusTransferPaths', 'POST', 'requestGlobusUploadPaths'),
        { ...url('addGlobusFiles', 'POST', 'addGlobusFiles'), hint: 'kept' },
        url('getDatasetMetadata', 'GET', 'versions/:draft'),
        url('getFileListing', 'GET', 'versions/:draft/files'),
      ],
    },
  };
}

const ORDER = {
  keys: SIGNING_KEYS,
  siteUrl: SITE_URL,
  user: 'testcurator',
  minutes: 300,
  nowMilliseconds: START_MILLISECONDS,
};

function rewritten(answer: unknown) {
  const parameters = readUploadParameters(JSON.stringify(answer));
  if (!parameters) throw new Error('expected the answer of a managed store');
  return parameters.rewrite(ORDER) as ReturnType<typeof anAnswer>;
}

describe("Dataverse's answer to globusUploadParameters", () => {
  it('tells the dataset and the user its URLs were signed for', () => {
    const parameters = readUploadParameters(JSON.stringify(anAnswer()));
    expect(parameters).toMatchObject({ datasetId: '4242', signedFor: 'testcurator' });
  });

  it.each([
    {
      case: 'as it is written',
      signature: '?until=1&user=jane.doe@example.edu&method=POST&token=ab',
      expected: 'jane.doe@example.edu',
    },
    { case: 'with a blank', signature: '?until=1&user=jane doe&method=POST&token=ab', expected: 'jane doe' },
    { case: 'as the first parameter', signature: '?user=jdoe&method=POST&token=ab', expected: 'jdoe' },
    { case: 'after a parameter that ends alike', signature: '?ofuser=x&user=jdoe&token=ab', expected: 'jdoe' },
    { case: 'as nobody, when the URLs are not signed', signature: '', expected: undefined },
    {
      case: 'as nobody, when the name is empty',
      signature: '?until=1&user=&method=POST&token=ab',
      expected: undefined,
    },
  ])('tells the user $case', ({ signature, expected }) => {
    expect(readUploadParameters(JSON.stringify(anAnswer({}, signature)))?.signedFor).toBe(expected);
  });

  it('keeps every member and its place, but for the URLs of the calls we answer', () => {
    const answer = anAnswer();
    const [paths, files, ...others] = rewritten(answer).data.signedUrls;
    const withOldUrls = rewritten(answer);
    withOldUrls.data.signedUrls = answer.data.signedUrls;
    expect(JSON.stringify(withOldUrls)).toBe(JSON.stringify(answer));
    expect(others).toEqual(answer.data.signedUrls.slice(2));
    expect(Object.keys(files ?? {})).toEqual(['name', 'httpMethod', 'signedUrl', 'timeOut', 'hint']);
    expect([paths, files]).toMatchObject([
      { name: 'requestGlobusTransferPaths', httpMethod: 'POST', timeOut: 300 },
      { name: 'addGlobusFiles', httpMethod: 'POST', timeOut: 300, hint: 'kept' },
    ]);
  });

  it.each([
    { name: 'requestGlobusTransferPaths', operation: 'requestGlobusUploadPaths' },
    { name: 'addGlobusFiles', operation: 'addGlobusFiles' },
  ])('gets a URL of ours for $name that calls $operation as that user', ({ name, operation }) => {
    const entry = rewritten(anAnswer()).data.signedUrls.find((each) => each.name === name);
    const [base, query = ''] = (entry?.signedUrl ?? '').split('?');
    expect(base).toBe(`${BASE}/${operation}`);
    const called = { method: 'POST', operation, datasetId: '4242' };
    const minutesLater = (minutes: number) => START_MILLISECONDS + minutes * 60_000;
    expect(verifySignedQuery(SIGNING_KEYS, query, called, minutesLater(300))?.user).toBe('testcurator');
    expect(verifySignedQuery(SIGNING_KEYS, query, called, minutesLater(302))).toBeUndefined();
  });

  it('holds nothing of the URLs that Dataverse signed for the calls we answer', () => {
    const [paths, files] = rewritten(anAnswer()).data.signedUrls;
    expect(`${paths?.signedUrl} ${files?.signedUrl}`).not.toContain('bd5c86ec');
  });

  it('may give the dataset id as a text, as it does for large numbers', () => {
    const answer = anAnswer({ datasetId: '4294967296' });
    expect(readUploadParameters(JSON.stringify(answer))?.datasetId).toBe('4294967296');
    expect(rewritten(answer).data.signedUrls[1]?.signedUrl).toContain('/api/v1/datasets/4294967296/addGlobusFiles?');
  });

  it.each([
    { case: 'of a store of references', body: JSON.stringify(anAnswer({ managed: 'false', endpoint: undefined })) },
    { case: 'that says managed in another way', body: JSON.stringify(anAnswer({ managed: true })) },
    { case: 'of an error', body: '{"status":"ERROR","message":"Bad API key"}' },
    { case: 'without data', body: '{"status":"OK"}' },
    {
      case: 'without URLs',
      body: JSON.stringify({ status: 'OK', data: { queryParameters: anAnswer().data.queryParameters } }),
    },
    { case: 'that is a page', body: '<html>Service unavailable</html>' },
    { case: 'that is empty', body: '' },
    { case: 'that is null', body: 'null' },
  ])('is left alone when it is one $case', ({ body }) => {
    expect(readUploadParameters(body)).toBeUndefined();
  });
});
