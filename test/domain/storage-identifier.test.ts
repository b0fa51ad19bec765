import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../functions/domain/errors.ts';
import { parseDatasetId, timePartOfTransfer } from '../../functions/domain/ids.ts';
import {
  formatStorageIdentifier,
  mintFileNames,
  parseStorageIdentifier,
  transferOfIdentifier,
} from '../../functions/domain/storage-identifier.ts';
import { DATASET, TRANSFER } from '../support/builders.ts';
import { fileNames, hexText, transferIds } from './arbitrary-values.ts';
import { thrownBy } from './thrown-by.ts';

const NAME = '18b49d3688c-62137dcb06e4';
const SEED = 'ab'.repeat(32);

const stores = fc.record({
  storeId: fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/),
  bucket: fc.option(fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,40}[a-z0-9]$/)),
});

describe('a storage identifier', () => {
  it.each([
    { case: 'file-based store', text: `globusm://${NAME}`, storeId: 'globusm', bucket: null },
    { case: 'store on S3', text: `s3g://dv-bucket:${NAME}`, storeId: 's3g', bucket: 'dv-bucket' },
    { case: 'store with a sign in its id', text: `my_store.v-2://${NAME}`, storeId: 'my_store.v-2', bucket: null },
  ])('of a $case is taken apart', ({ text, storeId, bucket }) => {
    expect(parseStorageIdentifier(text)).toEqual({
      storeId,
      bucket,
      timePart: '18b49d3688c',
      randomPart: '62137dcb06e4',
    });
  });

  it('that was written for any store reads back as what it was made of', () => {
    fc.assert(
      fc.property(stores, fileNames, (store, name) => {
        const { timePart, randomPart, ...readStore } = parseStorageIdentifier(formatStorageIdentifier(store, name));
        expect({ ...readStore, name: `${timePart}-${randomPart}` }).toEqual({ ...store, name });
      }),
    );
  });

  it.each([
    { case: 'upper-case digits', text: 'globusm://18B49D3688C-62137DCB06E4' },
    { case: 'a comma, which Dataverse lets through', text: 'globusm://18b49d3688,-62137dcb06e4' },
    { case: 'a parent directory before the name', text: `globusm://../${NAME}` },
    { case: 'a parent directory after the name', text: `globusm://${NAME}/..` },
    { case: 'a parent directory behind the bucket', text: `s3g://dv-bucket:../${NAME}` },
    { case: 'a parent directory for a bucket', text: `s3g://..:${NAME}` },
    { case: 'an upper-case bucket', text: `s3g://DV-BUCKET:${NAME}` },
    { case: 'two buckets', text: `s3g://a-bucket:b-bucket:${NAME}` },
    { case: 'a web address', text: `https://example.edu/${NAME}` },
    { case: 'a local file', text: `file:///hdc1/${NAME}` },
    { case: 'a reference to a remote collection', text: `globusref://${NAME}//d8c42580-6528-4605-9ad8/x` },
    { case: 'no store', text: `://${NAME}` },
    { case: 'no scheme at all', text: NAME },
    { case: 'one slash', text: `globusm:/${NAME}` },
    { case: 'a percent sign', text: 'globusm://18b49d3688c%2d62137dcb06e4' },
    { case: 'a shorter time part', text: 'globusm://18b49d3688-62137dcb06e4' },
    { case: 'a longer random part', text: 'globusm://18b49d3688c-62137dcb06e40' },
    { case: 'a line end', text: `globusm://${NAME}\n` },
    { case: 'a blank in front', text: ` globusm://${NAME}` },
    { case: 'nothing', text: '' },
  ])('with $case is refused with an example', ({ text }) => {
    const error = thrownBy(() => parseStorageIdentifier(text));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error.message).toContain(`such as globusm://18b49d3688c-62137dcb06e4, got ${JSON.stringify(text)}`);
  });

  it('is quoted in the refusal up to a hundred characters', () => {
    const { message } = thrownBy(() => parseStorageIdentifier('x'.repeat(9_000)));
    expect(message).toContain(`"${'x'.repeat(100)}"`);
    expect(message.length).toBeLessThan(300);
  });

  it('leads to the transfer that minted it, in the dataset it is reported for', () => {
    fc.assert(
      fc.property(transferIds, hexText(64), (transferId, seed) => {
        const [name = ''] = mintFileNames(transferId, seed, 1);
        const identifier = parseStorageIdentifier(`globusm://${name}`);
        const datasetId = parseDatasetId(transferId.split('-')[0]);
        expect(transferOfIdentifier(datasetId, identifier)).toBe(transferId);
      }),
    );
    expect(transferOfIdentifier(parseDatasetId('30'), parseStorageIdentifier(`globusm://${NAME}`))).not.toBe(TRANSFER);
    expect(transferOfIdentifier(DATASET, parseStorageIdentifier(`globusm://${NAME}`))).toBe(TRANSFER);
  });
});

describe('minting file names', () => {
  it('gives the same names each time, and the first ones of a longer list', () => {
    fc.assert(
      fc.property(transferIds, hexText(64), fc.nat({ max: 30 }), fc.nat({ max: 30 }), (transferId, seed, few, more) => {
        const names = mintFileNames(transferId, seed, few + more);
        expect(mintFileNames(transferId, seed, few + more)).toEqual(names);
        expect(mintFileNames(transferId, seed, few)).toEqual(names.slice(0, few));
      }),
    );
  });

  it("gives every name the transfer's time part and a form that parses", () => {
    fc.assert(
      fc.property(transferIds, hexText(64), (transferId, seed) => {
        for (const name of mintFileNames(transferId, seed, 5)) {
          expect(parseStorageIdentifier(`globusm://${name}`).timePart).toBe(timePartOfTransfer(transferId));
        }
      }),
    );
  });

  it('gives other names for another seed', () => {
    const names = new Set(mintFileNames(TRANSFER, SEED, 100));
    expect(mintFileNames(TRANSFER, 'cd'.repeat(32), 100).filter((name) => names.has(name))).toEqual([]);
  });

  it('gives 50,000 names without one twice', () => {
    expect(new Set(mintFileNames(TRANSFER, SEED, 50_000)).size).toBe(50_000);
  });
});
