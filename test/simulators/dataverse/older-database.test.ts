import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { CURATOR, dataOf, startTestDataverse } from './running-dataverse.ts';

/** Takes out of a database all that its first form did not have. */
const BACK_TO_FIRST_FORM = `
DROP TABLE bearerTokens; DROP TABLE privateUrls; DROP TABLE fileDownloaders; DROP TABLE quota;
DROP INDEX filesByPersistentId;
ALTER TABLE files DROP COLUMN persistentId;
ALTER TABLE files DROP COLUMN publishedAtMilliseconds;
PRAGMA user_version = 0;
`;

describe('a database of the first form', () => {
  it('is brought up to date at the start, with its quota and the days its files were published', async () => {
    const first = await startTestDataverse();
    await first.call('POST', '/api/datasets/29/lock/Ingest', { key: '99999999-9999-4999-8999-999999999999' });
    await first.close();
    const database = new DatabaseSync(join(first.stateDirectory, 'dataverse.sqlite'));
    database.exec(BACK_TO_FIRST_FORM);
    database.close();

    const { stateDirectory } = first;
    const second = await startTestDataverse({ stateDirectory });
    const parameters = await second.call('GET', '/api/datasets/29/globusUploadParameters', { key: CURATOR });
    expect(parameters.body).toMatchObject({ data: { queryParameters: { remainingQuota: 1_000_000_000_000 } } });
    const file = dataOf<{ dataFile: object }>(await second.call('GET', '/api/files/60'));
    expect(file.dataFile).toMatchObject({ persistentId: '', publicationDate: expect.any(String) });
    expect((await second.call('GET', '/api/datasets/29/locks')).body).toMatchObject({ data: [{ lockType: 'Ingest' }] });
    await second.close();

    const third = await startTestDataverse({ stateDirectory });
    expect((await third.call('GET', '/api/files/60')).status).toBe(200);
  });
});
