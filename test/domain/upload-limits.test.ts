import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filesBeyondLimits, whyTooManyFiles } from '../../functions/domain/upload-limits.ts';

const NO_LIMITS = { fileSizeLimitBytes: null, remainingQuotaBytes: null, remainingFiles: null };

/** The reasons by file name, of files of these sizes called a, b, c and so on. */
function reasonsFor(sizesBytes: readonly number[], limits: Partial<typeof NO_LIMITS | Record<string, number>>) {
  const files = sizesBytes.map((_, index) => {
    return { storageIdentifier: `globusm://${index}`, fileName: String.fromCharCode(97 + index) };
  });
  const sizes = new Map(files.map((file, index) => [file.storageIdentifier, sizesBytes[index] ?? 0]));
  const results = filesBeyondLimits(files, sizes, { ...NO_LIMITS, ...limits });
  expect(results.every((result) => result.outcome === 'refused')).toBe(true);
  return Object.fromEntries(results.map(({ fileName, reason }) => [fileName, reason]));
}

describe('the files beyond the limits', () => {
  it('are none when Dataverse tells no limit', () => {
    expect(reasonsFor([1, 1e15], {})).toEqual({});
  });

  it('are those as large as the largest, since Dataverse takes only smaller ones', () => {
    expect(reasonsFor([999, 1000, 1001], { fileSizeLimitBytes: 1000 })).toEqual({
      b: 'b has 1000 bytes; files of this store must have fewer than 1000 bytes.',
      c: 'c has 1001 bytes; files of this store must have fewer than 1000 bytes.',
    });
  });

  it('are those beyond the quota, while each later one that still fits is taken', () => {
    expect(reasonsFor([6, 5, 4, 1], { remainingQuotaBytes: 10 })).toEqual({
      b: 'b has 5 bytes; of the storage quota 4 bytes are left.',
      d: 'd has 1 bytes; of the storage quota 0 bytes are left.',
    });
  });

  it('are those beyond the number of files, and a file that is too large takes no place', () => {
    expect(reasonsFor([1, 100, 1, 1], { fileSizeLimitBytes: 100, remainingFiles: 2 })).toEqual({
      b: 'b has 100 bytes; files of this store must have fewer than 100 bytes.',
      d: 'd has 1 bytes; the dataset takes only 2 more files.',
    });
  });

  it('leave a selection that Dataverse takes, and none of them would still fit', () => {
    const limits = fc.record({
      fileSizeLimitBytes: fc.option(fc.nat({ max: 50 })),
      remainingQuotaBytes: fc.option(fc.nat({ max: 200 })),
      remainingFiles: fc.option(fc.nat({ max: 10 })),
    });
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60 }), { maxLength: 15 }), limits, (sizesBytes, given) => {
        const refused = reasonsFor(sizesBytes, given as Record<string, number>);
        const isRefused = (index: number) => String.fromCharCode(97 + index) in refused;
        const taken = sizesBytes.filter((_, index) => !isRefused(index));
        const bytes = taken.reduce((sum, size) => sum + size, 0);
        const { fileSizeLimitBytes, remainingQuotaBytes, remainingFiles } = given;
        expect(taken.every((size) => size < (fileSizeLimitBytes ?? Infinity))).toBe(true);
        expect(bytes).toBeLessThanOrEqual(remainingQuotaBytes ?? Infinity);
        expect(taken.length).toBeLessThanOrEqual(remainingFiles ?? Infinity);
        const stillFits = (size: number) =>
          size < (fileSizeLimitBytes ?? Infinity) &&
          bytes + size <= (remainingQuotaBytes ?? Infinity) &&
          taken.length < (remainingFiles ?? Infinity);
        expect(sizesBytes.filter((size, index) => isRefused(index) && stillFits(size))).toEqual([]);
      }),
    );
  });
});

describe('a number of files', () => {
  it.each([
    { case: 'no limit is told', numberOfFiles: 10_000, remainingFiles: null },
    { case: 'just as many are left', numberOfFiles: 20, remainingFiles: 20 },
  ])('may be asked for when $case', ({ numberOfFiles, remainingFiles }) => {
    expect(whyTooManyFiles(numberOfFiles, remainingFiles)).toBeUndefined();
  });

  it('may not be asked for beyond what the dataset still takes, and how many that is is told', () => {
    expect(whyTooManyFiles(21, 20)).toBe(
      'numberOfFiles: 21 is more than the 20 that this dataset may still get. Ask for at most 20, or have the limit raised.',
    );
    expect(whyTooManyFiles(1, 0)).toContain('Have its limit raised first.');
  });
});
