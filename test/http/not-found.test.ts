import { beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../functions/http/not-found.ts';
import type { Application } from '../../functions/wiring.ts';
import { createWorld } from '../support/world.ts';
import { applicationOf, CONTEXT, seen } from './application-under-test.ts';
import { anEvent } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | undefined }));
vi.mock('../../functions/wiring.ts', () => ({ application: async () => running.application }));

beforeEach(() => {
  running.application = applicationOf(createWorld());
});

async function answerTo(method: string, path: string) {
  return seen(await handler(anEvent({ method, path }), CONTEXT));
}

describe('a path that no route serves', () => {
  it.each([
    { case: 'another call', method: 'GET', path: '/api/v1/datasets/29/globusNonsense' },
    { case: 'one of ours that does not exist', method: 'DELETE', path: '/api/globus/nonsense' },
    { case: 'the root', method: 'GET', path: '/' },
    {
      case: 'a dataset named by the word for its persistent id',
      method: 'POST',
      path: '/api/datasets/:persistentId/x',
    },
  ])("is answered in Dataverse's words for it: $case", async ({ method, path }) => {
    expect(await answerTo(method, path)).toEqual({
      status: 404,
      body: {
        status: 'ERROR',
        code: 404,
        message:
          'API endpoint does not exist on this server. Please check your code for typos, or consult our API guide at http://guides.dataverse.org.',
        requestUrl: path,
        requestMethod: method,
      },
    });
  });

  it.each([
    { case: 'with its slashes', path: '/api/datasets/doi:10.5072/FK2/ILLPXE/requestGlobusUploadPaths' },
    {
      case: 'with its slashes in escapes',
      path: '/api/v1/datasets/doi:10.5072%2FFK2%2FILLPXE/requestGlobusUploadPaths',
    },
    { case: 'all in escapes', path: '/api/v1/datasets/doi%3A10.5072%2FFK2%2FILLPXE/requestGlobusUploadPaths' },
    { case: 'of the Handle system', path: '/api/datasets/hdl:1902.1%2F111/requestGlobusUploadPaths' },
    { case: 'in capitals', path: '/api/datasets/DOI:10.5072%2FILLPXE/requestGlobusUploadPaths' },
  ])('that holds a persistent id is answered with the form to use: $case', async ({ path }) => {
    expect(await answerTo('POST', path)).toEqual({
      status: 400,
      body: {
        status: 'ERROR',
        message:
          'A persistent id cannot stand in the path. Use /api/datasets/:persistentId/requestGlobusUploadPaths?persistentId=<the persistent id> instead.',
      },
    });
  });

  it('is answered even when its escapes are broken', async () => {
    expect((await answerTo('GET', '/api/datasets/%E0%A4%A/somethingElse')).status).toBe(404);
  });

  it.each([
    '/api/v1/datasets/29/addGlobusFiles',
    '/api/globus/leftovers',
    '/api/v1/globus/leftovers/delete',
    '/api/globus/transfers/29-18b49d3688c',
    '/api/globus/transfers/29-18b49d3688c/retry',
  ])('is answered as Dataverse answers a wrong method where the path is one of ours: %s', async (path) => {
    expect(await answerTo('DELETE', path)).toEqual({
      status: 405,
      body: {
        status: 'ERROR',
        code: 405,
        message: 'API endpoint does not support this method. Consult our API guide at http://guides.dataverse.org.',
        requestUrl: path,
        requestMethod: 'DELETE',
      },
    });
  });
});
