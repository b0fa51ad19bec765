import { afterAll, afterEach, expect } from 'vitest';
import { watchReplies } from './openapi-watch.ts';

/** Every reply that the API gives in an end-to-end test must be as docs/openapi.yaml says; else that test fails. */
if (/[\\/]end-to-end[\\/]/.test(expect.getState().testPath ?? '')) {
  const watched = watchReplies(globalThis.fetch);
  globalThis.fetch = watched.fetch;
  const expectDocumented = async () => {
    expect(await watched.takeFaults(), 'replies that docs/openapi.yaml does not describe').toEqual([]);
  };
  afterEach(expectDocumented);
  afterAll(expectDocumented);
}
