import { describe, expect, it } from 'vitest';
import { isSum, whyFilesWait, whySumsDiffer } from '../../functions/domain/file-checksum.ts';
import { type ArrivedFile, planRegistration } from '../../functions/domain/registration.ts';
import type { FileChecksum } from '../../functions/domain/reported-file.ts';
import { PATH } from '../support/builders.ts';

const NAME = '18b49d3688c-62137dcb06e4';
const MD5: FileChecksum = { type: 'MD5', value: '0cc175b9c0f1b6a831c399e269772661' };
const OTHER_MD5: FileChecksum = { type: 'MD5', value: '92eb5ffee6ae2fec3ad71c777531578f' };
const SHA_1: FileChecksum = { type: 'SHA-1', value: '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8' };
const NOT_IN_DATAVERSE: FileChecksum = { type: 'MD5', value: 'Not in Dataverse' };

/** What becomes of one file that arrived, reported under an identifier of a store. */
function planOf(store: string, declared: FileChecksum | undefined, computed: ArrivedFile['checksum']) {
  const file = { storageIdentifier: `${store}${NAME}`, fileName: 'a.dat', ...(declared ? { checksum: declared } : {}) };
  const arrival = { destinationPath: `${PATH}${NAME}`, sizeBytes: 12, checksum: computed };
  return planRegistration(PATH, [file], [arrival], new Map(), '');
}

describe('a checksum', () => {
  it.each([
    { case: 'an MD5', sum: MD5, expected: true },
    { case: 'an MD5 in capitals', sum: { type: 'MD5', value: MD5.value.toUpperCase() }, expected: true },
    { case: 'a SHA-1', sum: SHA_1, expected: true },
    { case: 'a SHA-256', sum: { type: 'SHA-256', value: 'ab'.repeat(32) }, expected: true },
    { case: 'a SHA-512', sum: { type: 'SHA-512', value: 'ab'.repeat(64) }, expected: true },
    { case: 'a text', sum: NOT_IN_DATAVERSE, expected: false },
    { case: 'a sum of another length', sum: { type: 'SHA-256', value: MD5.value }, expected: false },
    { case: "the tag of an object store's parts", sum: { type: 'MD5', value: `${MD5.value}-12` }, expected: false },
    { case: '32 digits that are not hexadecimal', sum: { type: 'MD5', value: 'g'.repeat(32) }, expected: false },
    { case: 'nothing', sum: { type: 'MD5', value: '' }, expected: false },
  ] as const)('$case has the form of its type: $expected', ({ sum, expected }) => {
    expect(isSum(sum)).toBe(expected);
  });
});

describe('the sums of client and Globus', () => {
  it('say, when they differ, how both begin and what to do', () => {
    const why = whySumsDiffer(MD5, OTHER_MD5);
    expect(why).toContain('MD5 that was declared begins with 0cc175b9');
    expect(why).toContain('92eb5ffe');
    expect(why).toContain('request a path again');
  });

  it.each([
    { case: 'are equal', declared: MD5, computed: MD5 },
    { case: 'are equal but for capitals', declared: { ...MD5, value: MD5.value.toUpperCase() }, computed: MD5 },
    { case: 'are of two algorithms', declared: MD5, computed: SHA_1 },
    { case: 'are missing on one side', declared: undefined, computed: MD5 },
    { case: 'are missing on the other side', declared: MD5, computed: undefined },
    { case: 'are no sums, as a client says it', declared: NOT_IN_DATAVERSE, computed: MD5 },
    { case: 'are no sums, as a store says it', declared: MD5, computed: { ...MD5, value: `${MD5.value}-2` } },
  ])('contradict each other in nothing when they $case', ({ declared, computed }) => {
    expect(whySumsDiffer(declared, computed)).toBeUndefined();
  });

  it.each(['globusm://', 's3g://dv-bucket:'])('fail a file of %s alone when they differ', (store) => {
    const plan = planOf(store, MD5, { algorithm: 'md5', value: OTHER_MD5.value });
    expect(plan).toMatchObject({ files: [], waiting: [], results: [{ fileName: 'a.dat', outcome: 'refused' }] });
  });
});

describe('the checksum of a file in an S3 store', () => {
  const globusMd5 = { algorithm: 'MD5', value: MD5.value };
  it.each([
    { case: "Globus's own", declared: undefined, computed: globusMd5, expected: MD5 },
    { case: "Globus's own beside the client's of another type", declared: SHA_1, computed: globusMd5, expected: MD5 },
    { case: "Globus's own beside a text", declared: NOT_IN_DATAVERSE, computed: globusMd5, expected: MD5 },
    { case: "the client's when Globus has none", declared: SHA_1, computed: null, expected: SHA_1 },
    {
      case: "the client's when Globus's is of a type Dataverse does not know",
      declared: SHA_1,
      computed: { algorithm: 'SHA384', value: 'ab'.repeat(48) },
      expected: SHA_1,
    },
    {
      case: "the client's when Globus's is the tag of an object store's parts",
      declared: SHA_1,
      computed: { algorithm: 'MD5', value: `${MD5.value}-2` },
      expected: SHA_1,
    },
  ])('is $case', ({ declared, computed, expected }) => {
    const plan = planOf('s3g://dv-bucket:', declared, computed);
    expect(plan.files).toMatchObject([{ checksum: { '@type': expected.type, '@value': expected.value } }]);
    expect(plan.waiting).toEqual([]);
  });

  it.each([
    { case: 'nobody has one', declared: undefined, computed: null },
    { case: 'the client sent a text', declared: NOT_IN_DATAVERSE, computed: null },
  ])('is waited for, never made up, when $case', ({ declared, computed }) => {
    const plan = planOf('s3g://dv-bucket:', declared, computed);
    expect(plan).toMatchObject({ files: [], results: [], waiting: [{ fileName: 'a.dat' }] });
    expect(planOf('globusm://', declared, computed).files).toHaveLength(1);
  });
});

describe('why files wait', () => {
  it('names the first files, however long their names, and counts the others', () => {
    const why = whyFilesWait(['a.dat', 'b'.repeat(250), 'c.dat', 'd.dat', 'e.dat']);
    expect(why).toContain(`a.dat, ${'b'.repeat(60)}, c.dat and 2 more.`);
    expect(why).not.toContain('d.dat');
    expect(whyFilesWait(['a.dat'])).toContain('checksum: a.dat. ');
  });
});
