import { describe, expect, it } from 'vitest';
import { managedLocation, referenceLocation } from '../../functions/domain/download-location.ts';
import { isInStore } from '../../functions/domain/storage-identifier.ts';
import { STORE } from '../support/world.ts';

const DATASET = { authority: '10.5072', identifier: 'FK2/7U7YBV' };

describe('where a file is downloaded from', () => {
  it('is collection, base path, dataset and name', () => {
    expect(managedLocation(STORE, DATASET, 'globusm://18bf3af9c78-92b8e168090e')).toBe(
      `${STORE.collectionId}/hdc1/10.5072/FK2/7U7YBV/18bf3af9c78-92b8e168090e`,
    );
  });

  it('carries the bucket on S3 stores, as Dataverse writes it', () => {
    expect(managedLocation({ ...STORE, basePath: '/s3' }, DATASET, 's3g://dv-bucket:18bf3af9c78-92b8e168090e')).toBe(
      `${STORE.collectionId}/s3/10.5072/FK2/7U7YBV/dv-bucket:18bf3af9c78-92b8e168090e`,
    );
  });

  it('is what follows the last double slash of a reference', () => {
    expect(referenceLocation('globus://18bf8c933f4-ed2661e7d19b//d8c42580/hdc1/test1.txt')).toBe(
      'd8c42580/hdc1/test1.txt',
    );
    expect(referenceLocation('globus://18bf8c933f4-ed2661e7d19b//a//b/c')).toBe('b/c');
    expect(referenceLocation('globusm://18bf3af9c78-92b8e168090e')).toBeUndefined();
  });

  it('is in a store when driver and bucket are its own', () => {
    expect(isInStore('globusm://18bf3af9c78-92b8e168090e', STORE)).toBe(true);
    expect(isInStore('globusm2://18bf3af9c78-92b8e168090e', STORE)).toBe(false);
    const s3 = { storeId: 's3g', bucket: 'dv-bucket' };
    expect(isInStore('s3g://dv-bucket:18bf3af9c78-92b8e168090e', s3)).toBe(true);
    expect(isInStore('s3g://dv-bucket2:18bf3af9c78-92b8e168090e', s3)).toBe(false);
  });
});
