import { beforeEach, describe, expect, it } from 'vitest';
import type { DatasetId } from '../../functions/domain/ids.ts';
import { judgeDownload, listDownloadable } from '../../functions/use-cases/judge-download.ts';
import { DATASET } from '../support/builders.ts';
import { asking } from '../support/downloads.ts';
import { CURATOR_TOKEN, READER, READER_TOKEN } from '../support/fakes/dataverse-accounts.ts';
import { aStandingFile } from '../support/fakes/fake-dataverse.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;

beforeEach(() => {
  world = createWorld();
  world.dataverse.publishedVersion = '1.0';
  world.dataverse.hasDraft = false;
  world.dataverse.standingFiles.push(
    aStandingFile({ fileId: '60', isInDraft: false }),
    aStandingFile({ fileId: '61', isInDraft: false, persistentId: 'doi:10.5072/FK2/FILE' }),
  );
});

const add = (changes: Parameters<typeof aStandingFile>[0]) =>
  world.dataverse.standingFiles.push(aStandingFile({ isInDraft: false, ...changes }));
const judge = (key: string | undefined, fileIds: readonly string[], changes = {}) =>
  judgeDownload(
    world.ports,
    asking(key, changes),
    fileIds.map((fileId) => ({ fileId })),
  );
const refusal = (fileId: string) => `User doesn't have permission to download file: ${fileId}`;
const MIXED = 'This dataset also has files that you may not download';

describe('judging a download', () => {
  it('lets guests have public files, in the order asked for', async () => {
    const files = await judge(undefined, ['61', '60']);
    expect(files.map((file) => file.fileId)).toEqual(['61', '60']);
  });

  it('finds a file by its persistent id', async () => {
    const files = await judgeDownload(world.ports, asking(undefined), [{ persistentId: 'doi:10.5072/FK2/FILE' }]);
    expect(files.map((file) => file.fileId)).toEqual(['61']);
  });

  it.each([
    ['restricted', { isRestricted: true }],
    ['under an embargo', { embargoEndsOn: '2040-01-01' }],
    ['past its retention', { retentionEndsOn: '2020-01-01' }],
  ])('refuses a file that is %s to a reader', async (_what, changes) => {
    add({ fileId: '62', ...changes });
    await expect(judge(READER_TOKEN, ['60', '62'], { mixedAccessPolicy: 'allow' })).rejects.toThrow(refusal('62'));
  });

  it('refuses a file past its retention to everybody, editors included', async () => {
    add({ fileId: '62', retentionEndsOn: '2020-01-01' });
    await expect(judge(CURATOR_TOKEN, ['62'])).rejects.toThrow(refusal('62'));
  });

  it('lets those who were given a restricted file have it', async () => {
    add({ fileId: '62', isRestricted: true });
    world.dataverse.downloaders.set('62', new Set([READER]));
    expect(await judge(READER_TOKEN, ['62'])).toHaveLength(1);
  });

  it('lets editors have embargoed files', async () => {
    add({ fileId: '62', embargoEndsOn: '2040-01-01' });
    expect(await judge(CURATOR_TOKEN, ['62'])).toHaveLength(1);
  });

  it('refuses a file of the draft to those who may not see it', async () => {
    world.dataverse.hasDraft = true;
    add({ fileId: '62', isInDraft: true, isPublished: false });
    await expect(judge(READER_TOKEN, ['62'], { mixedAccessPolicy: 'allow' })).rejects.toThrow(refusal('62'));
    expect(await judge(CURATOR_TOKEN, ['62'])).toHaveLength(1);
  });

  it('refuses a file of withdrawn versions to those who may not see a draft', async () => {
    add({ fileId: '62', isInDraft: false, isPublished: false });
    await expect(judge(READER_TOKEN, ['62'])).rejects.toThrow(refusal('62'));
    expect(await judge(CURATOR_TOKEN, ['62'])).toHaveLength(1);
  });

  it('takes a restriction from the draft for one of the published file, too', async () => {
    world.dataverse.hasDraft = true;
    add({ fileId: '62', isInDraft: true, isRestricted: true });
    await expect(judge(undefined, ['62'], { mixedAccessPolicy: 'allow' })).rejects.toThrow(refusal('62'));
  });

  it('refuses a public file beside one that the caller may not have, since a rule opens the whole directory', async () => {
    add({ fileId: '62', isRestricted: true });
    await expect(judge(undefined, ['60'])).rejects.toThrow(MIXED);
    await expect(judge(READER_TOKEN, ['60'])).rejects.toThrow(MIXED);
    expect(await judge(CURATOR_TOKEN, ['60'])).toHaveLength(1);
  });

  it('refuses a public file while a restricted one is left in an older version, whose bytes still lie there', async () => {
    add({ fileId: '62', isRestricted: true, isPublished: false, isOlder: true });
    await expect(judge(undefined, ['60'])).rejects.toThrow(MIXED);
    expect(await judge(undefined, ['60'], { mixedAccessPolicy: 'allow' })).toHaveLength(1);
  });

  it('gives it all the same where the operator allows that', async () => {
    add({ fileId: '62', isRestricted: true });
    expect(await judge(undefined, ['60'], { mixedAccessPolicy: 'allow' })).toHaveLength(1);
  });

  it('is not kept from a download by a restricted file that lies in another store', async () => {
    add({ fileId: '62', isRestricted: true, storageIdentifier: 'file://18bf3af9c78-92b8e168090e' });
    expect(await judge(undefined, ['60'])).toHaveLength(1);
    await expect(judge(CURATOR_TOKEN, ['62'])).rejects.toThrow('File 62 is not in the Globus store');
  });

  it('says in Dataverse’s words that a file does not exist, or is another dataset’s', async () => {
    await expect(judge(undefined, ['99'])).rejects.toThrow('File with ID 99 not found.');
    add({ fileId: '70', datasetId: '30' as DatasetId });
    await expect(judge(undefined, ['70'])).rejects.toThrow('All files must be in the dataset');
    await expect(
      judgeDownload(world.ports, asking(undefined), [{ persistentId: 'doi:10.5072/FK2/NONE' }]),
    ).rejects.toThrow('Datafile with Persistent ID doi:10.5072/FK2/NONE not found.');
  });

  it('lists for a caller without a launch what this caller may have', async () => {
    add({ fileId: '62', isRestricted: true });
    const list = async (key: string | undefined) => {
      const { actingAs } = asking(key);
      const files = await listDownloadable(world.ports, { datasetId: DATASET, actingAs }, () => true);
      return files.map((file) => file.fileId);
    };
    expect(await list(undefined)).toEqual(['60', '61']);
    expect(await list(CURATOR_TOKEN)).toEqual(['60', '61', '62']);
  });
});
