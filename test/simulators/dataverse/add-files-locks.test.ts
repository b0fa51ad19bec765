import { describe, expect, it } from 'vitest';
import { type Added, addFiles, entry, listing, lockTypes } from './adding-files.ts';
import { dataOf, READER, startTestDataverse } from './running-dataverse.ts';

const COMMAND_FAILED = 'CommandException updating DatasetVersion from addFiles job: ';

describe('addFiles and locks', () => {
  it.each([
    { lockType: 'GlobusUpload', user: 'curator', refused: true },
    { lockType: 'Workflow', user: 'curator', refused: true },
    { lockType: 'finalizePublication', user: 'curator', refused: true },
    { lockType: 'Ingest', user: 'curator', refused: false },
    { lockType: 'InReview', user: 'curator', refused: false },
    { lockType: 'EditInProgress', user: 'reader', refused: false },
  ])('with $lockType: refused $refused', async ({ lockType, user, refused }) => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/locks', { datasetId: 29, lockType, user });
    const reply = await addFiles(dataverse, [entry()]);
    expect(reply.status).toBe(refused ? 500 : 200);
    if (refused) {
      const message = `${COMMAND_FAILED}Dataset cannot be edited due to dataset lock.`;
      expect(reply.body).toEqual({ status: 'ERROR', message });
    }
    expect(await lockTypes(dataverse)).toEqual(lockType === 'EditInProgress' ? [] : [lockType]);
    expect(await listing(dataverse)).toHaveLength(refused ? 0 : 1);
  });

  it('refuses an editor who may not publish while the dataset is in review', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/users', { name: 'reader', permissions: { 29: ['EditDataset'] } });
    await dataverse.control('POST', '/locks', { datasetId: 29, lockType: 'InReview', user: 'curator' });
    const message = `${COMMAND_FAILED}Dataset cannot be edited due to In Review dataset lock.`;
    expect(await addFiles(dataverse, [entry()], 29, READER)).toMatchObject({ status: 500, body: { message } });
  });

  it('clears an EditInProgress lock even when another lock then refuses the call', async () => {
    const dataverse = await startTestDataverse();
    for (const lockType of ['EditInProgress', 'GlobusUpload']) {
      await dataverse.control('POST', '/locks', { datasetId: 29, lockType, user: 'reader' });
    }
    expect((await addFiles(dataverse, [entry()])).status).toBe(500);
    expect(await lockTypes(dataverse)).toEqual(['GlobusUpload']);
  });

  it('holds an EditInProgress lock of its own for as long as registering takes', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/register-delay', { millisecondsPerFile: 1_800_000 });
    const pending = addFiles(dataverse, [entry(), entry()]);
    await expect.poll(() => lockTypes(dataverse), { timeout: 15_000 }).toEqual(['EditInProgress']);
    expect(await listing(dataverse)).toEqual([]);
    await dataverse.control('POST', '/clock', { shiftSeconds: 3600 });
    expect((await pending).status).toBe(200);
    expect(await lockTypes(dataverse)).toEqual([]);
    expect(await listing(dataverse)).toHaveLength(2);
  });
});

describe('addFiles under control', () => {
  it('refuses one file as often as told', async () => {
    const dataverse = await startTestDataverse();
    const [bad, good] = [entry(), entry()];
    const message = 'Bad Request:Failed to save the content of the uploaded file.';
    await dataverse.control('POST', '/files/errors', { storageIdentifier: bad.storageIdentifier, message, times: 1 });
    const { Files } = dataOf<Added>(await addFiles(dataverse, [bad, good]));
    expect(Files.map((file) => file.errorMessage)).toEqual([message, undefined]);
    const again = dataOf<Added>(await addFiles(dataverse, [bad]));
    expect(again.Files[0]?.successMessage).toBe('Added successfully to the dataset');
  });

  it('fails after having added, as often as told', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/add-files', { mode: 'fail-after-effect', times: 1 });
    expect((await addFiles(dataverse, [entry()])).status).toBe(500);
    expect(await listing(dataverse)).toHaveLength(1);
    expect((await addFiles(dataverse, [entry()])).status).toBe(200);
  });
});
