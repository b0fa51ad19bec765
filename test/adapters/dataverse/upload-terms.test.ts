import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../adapter-parts.ts';
import {
  AS_CALLER,
  DATASET,
  type DataverseUnderTest,
  dataverseUnderTest,
  failure,
  ok,
} from './dataverse-under-test.ts';

let under: DataverseUnderTest;
beforeEach(async () => {
  under = await dataverseUnderTest();
});
afterEach(() => under.server.close());

const PARAMETERS = `GET /api/v1/datasets/${DATASET}/globusUploadParameters`;
const LIMITS = `GET /api/v1/datasets/${DATASET}/uploadlimits`;
const parameters = (told: object = {}) => ok({ queryParameters: { managed: 'true', ...told }, signedUrls: [] });
const limits = (told: object = {}) => ok({ uploadLimits: told });
const ask = () => under.dataverse.uploadLimits(DATASET, AS_CALLER);
const NONE = { fileSizeLimitBytes: null, remainingQuotaBytes: null, remainingFiles: null };
const noSuchCall = { status: 404, body: { status: 'ERROR', code: 404, message: 'API endpoint does not exist.' } };

describe('the limits of an upload', () => {
  it.each([
    { case: 'none', told: {}, newer: limits(), expected: NONE },
    { case: 'a size', told: { fileSizeLimit: 5 }, newer: limits(), expected: { ...NONE, fileSizeLimitBytes: 5 } },
    {
      case: 'a quota that only the older call tells',
      told: { remainingQuota: 7 },
      newer: noSuchCall,
      expected: { ...NONE, remainingQuotaBytes: 7 },
    },
    {
      case: 'the smaller one of two quotas',
      told: { remainingQuota: 7 },
      newer: limits({ storageQuotaRemaining: 6 }),
      expected: { ...NONE, remainingQuotaBytes: 6 },
    },
    {
      case: 'a quota of nothing',
      told: { remainingQuota: 0 },
      newer: limits({ storageQuotaRemaining: 6, numberOfFilesRemaining: 0 }),
      expected: { ...NONE, remainingQuotaBytes: 0, remainingFiles: 0 },
    },
    {
      case: 'a number of files',
      told: {},
      newer: limits({ numberOfFilesRemaining: 20 }),
      expected: { ...NONE, remainingFiles: 20 },
    },
  ])('are $case', async ({ told, newer, expected }) => {
    under.server.plan(PARAMETERS, parameters(told));
    under.server.plan(LIMITS, newer);
    expect(await ask()).toEqual(expected);
  });

  it('are told by the newer call alone where Globus does not serve the store', async () => {
    under.server.plan(
      PARAMETERS,
      failure(400, 'File transfer to Dataverse via Globus is not available for this dataset.'),
    );
    under.server.plan(LIMITS, limits({ numberOfFilesRemaining: 3 }));
    expect(await ask()).toEqual({ ...NONE, remainingFiles: 3 });
  });

  it.each([
    { case: 'a proxy finds no page', reply: { status: 404, body: '<html></html>' }, name: 'UnavailableError' },
    { case: 'Dataverse fails', reply: failure(500, 'broken'), name: 'UnavailableError' },
    { case: 'the caller may not edit', reply: failure(403, 'EditDataset'), name: 'ForbiddenError' },
  ])('are unknown, not absent, when $case', async ({ reply, name }) => {
    under.server.plan(PARAMETERS, parameters());
    under.server.plan(LIMITS, reply);
    expect((await errorOf(ask())).name).toBe(name);
    under.server.plan(PARAMETERS, reply);
    under.server.plan(LIMITS, limits());
    expect((await errorOf(ask())).name).toBe(name);
  });
});

describe('where files may be referenced', () => {
  const dataset = { kind: 'database-id', datasetId: DATASET } as const;
  const endpoints = () => under.dataverse.referenceEndpoints(dataset);

  it.each([
    {
      case: 'the places of an unmanaged store',
      reply: parameters({ managed: 'false', referenceEndpointsWithPaths: ['ep/a', 'ep/b'] }),
      expected: ['ep/a', 'ep/b'],
    },
    { case: 'nowhere when it names none', reply: parameters({ managed: 'false' }), expected: [] },
    {
      case: 'not said for a managed store',
      reply: parameters({ referenceEndpointsWithPaths: ['ep/a'] }),
      expected: undefined,
    },
    {
      case: 'not said for a store that Globus does not serve',
      reply: failure(400, 'not available'),
      expected: undefined,
    },
  ])('is $case', async ({ reply, expected }) => {
    under.server.plan(PARAMETERS, reply);
    expect(await endpoints()).toEqual(expected);
  });

  it('is unknown while Dataverse fails', async () => {
    under.server.plan(PARAMETERS, failure(500, 'broken'));
    expect((await errorOf(endpoints())).name).toBe('UnavailableError');
  });
});
