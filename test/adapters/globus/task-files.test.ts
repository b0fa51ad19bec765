import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../adapter-parts.ts';
import { COLLECTION, failure, type GlobusUnderTest, globusUnderTest, TASK } from './globus-under-test.ts';

const FILES = `GET /v0.10/endpoint_manager/task/${TASK}/successful_transfers`;
const SKIPPED = `GET /v0.10/endpoint_manager/task/${TASK}/skipped_errors`;

let under: GlobusUnderTest;
beforeEach(async () => {
  under = await globusUnderTest();
});
afterEach(() => under.server.close());

const page = (paths: readonly string[], nextMarker: number | string | null) => ({
  status: 200,
  body: {
    DATA_TYPE: 'successful_transfers',
    marker: 0,
    next_marker: nextMarker,
    DATA: paths.map((path) => ({
      DATA_TYPE: 'successful_transfer',
      source_path: null,
      destination_path: path,
      size: 12,
      checksum: 'abc',
      checksum_algorithm: 'MD5',
      dynamic: false,
    })),
  },
});

describe('listing successful transfers', () => {
  it('follows the markers to the end', async () => {
    under.server.plan(FILES, page(['/a'], 93_979), page(['/b'], 'm&2'), page(['/c'], null));
    const files = await under.globus.listSuccessfulTransfers(COLLECTION, TASK);
    expect(files.map(({ destinationPath }) => destinationPath)).toEqual(['/a', '/b', '/c']);
    expect(files[0]).toEqual({
      destinationPath: '/a',
      sourcePath: null,
      sizeBytes: 12,
      checksum: { algorithm: 'MD5', value: 'abc' },
    });
    const markers = under.server
      .requestsTo(FILES)
      .map(({ target }) => new URL(target, 'http://x').searchParams.get('marker'));
    expect(markers).toEqual([null, '93979', 'm&2']);
  });

  it('gives no checksum where Globus has none', async () => {
    const none = page(['/a'], null);
    Object.assign(none.body.DATA[0] ?? {}, { checksum: null, checksum_algorithm: null });
    under.server.plan(FILES, none);
    expect((await under.globus.listSuccessfulTransfers(COLLECTION, TASK))[0]?.checksum).toBeNull();
  });

  it.each([
    { case: 'a later page fails', replies: [page(['/a'], 1), { status: 502, body: '<html></html>' }] },
    { case: 'markers go round', replies: [page(['/a'], 1), page(['/b'], 2), page(['/c'], 1)] },
    {
      case: 'a size is missing',
      replies: [{ status: 200, body: { next_marker: null, DATA: [{ destination_path: '/a' }] } }],
    },
    { case: 'the body is cut', replies: ['cut-in-body' as const] },
  ])('throws rather than answer with a part when $case', async ({ replies }) => {
    under.server.plan(FILES, ...replies);
    expect((await errorOf(under.globus.listSuccessfulTransfers(COLLECTION, TASK))).name).toBe('UnavailableError');
    // No more than the pages there are and the repeats of the last one.
    expect(under.server.requestsTo(FILES).length).toBeLessThanOrEqual(5);
  });

  it('is refused while the task runs', async () => {
    under.server.plan(FILES, failure(400, 'ClientError.BadRequest', 'still in progress'));
    const error = await errorOf(under.globus.listSuccessfulTransfers(COLLECTION, TASK));
    expect(error.name).toBe('UpstreamRefusedError');
    expect(error.message).toContain('still in progress');
  });
});

describe('listing skipped errors', () => {
  it('gives paths and reasons of every page', async () => {
    const entry = (path: string | null, code: string) => ({
      destination_path: path,
      error_code: code,
      is_directory: false,
    });
    under.server.plan(
      SKIPPED,
      { status: 200, body: { next_marker: 7, DATA: [entry('/a', 'PERMISSION_DENIED')] } },
      { status: 200, body: { next_marker: null, DATA: [entry(null, 'FILE_NOT_FOUND')] } },
    );
    expect(await under.globus.listSkippedErrors(COLLECTION, TASK)).toEqual([
      { destinationPath: '/a', errorCode: 'PERMISSION_DENIED' },
      { destinationPath: null, errorCode: 'FILE_NOT_FOUND' },
    ]);
  });
});
