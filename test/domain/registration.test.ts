import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArrivedFile, nextBatchSize, planRegistration } from '../../functions/domain/registration.ts';
import type { ReportedFile } from '../../functions/domain/reported-file.ts';
import { PATH } from '../support/builders.ts';
import { fileNames } from './arbitrary-values.ts';

const NAME = '18b49d3688c-62137dcb06e4';
const OTHERWISE = 'not among the files that Globus transferred';

function aReportedFile(changes: Partial<ReportedFile> = {}): ReportedFile {
  return { storageIdentifier: `globusm://${NAME}`, fileName: 'a.dat', ...changes };
}

function anArrival(name: string, checksum: ArrivedFile['checksum'] = null): ArrivedFile {
  return { destinationPath: `${PATH}${name}`, sizeBytes: 12, checksum };
}

function planOf(
  reported: readonly ReportedFile[],
  arrived: readonly ArrivedFile[],
  reasons = new Map<string, string>(),
) {
  return planRegistration(PATH, reported, arrived, reasons, OTHERWISE);
}

/** What is registered for one file that arrived. */
function registrationOf(file: Partial<ReportedFile>, checksum: ArrivedFile['checksum'] = null) {
  const [registered] = planOf([aReportedFile(file)], [anArrival(NAME, checksum)]).files;
  return registered;
}

describe('the plan of a registration', () => {
  const lists = fc.uniqueArray(fc.tuple(fileNames, fc.boolean(), fc.boolean()), { selector: ([name]) => name });

  it('registers what was reported and arrived, has a result for what was reported and did not, and nothing else', () => {
    fc.assert(
      fc.property(lists, (files) => {
        const reported = files
          .filter(([, isReported]) => isReported)
          .map(([name], index) => aReportedFile({ storageIdentifier: `globusm://${name}`, fileName: `${index}` }));
        const arrived = files.filter(([, , hasArrived]) => hasArrived).map(([name]) => anArrival(name));
        const arrivedNames = new Set(arrived.map((file) => file.destinationPath?.slice(PATH.length)));

        const plan = planOf(reported, arrived);

        const planned = plan.files.map((file) => file.storageIdentifier);
        const withResult = plan.results.map((result) => result.storageIdentifier);
        const identifiers = reported.map((file) => file.storageIdentifier);
        expect(planned.every((identifier) => arrivedNames.has(identifier.slice('globusm://'.length)))).toBe(true);
        expect(withResult.some((identifier) => arrivedNames.has(identifier.slice('globusm://'.length)))).toBe(false);
        expect([...planned, ...withResult].sort()).toEqual([...identifiers].sort());
      }),
    );
  });

  it('takes an arrival only in the very directory of the dataset', () => {
    const elsewhere = [`/hdc1/10.5072/FK2/OTHER/${NAME}`, `${PATH}sub/${NAME}`, `${PATH}${NAME}.part`, null];
    const arrived = elsewhere.map((destinationPath) => ({ destinationPath, sizeBytes: 12, checksum: null }));
    expect(planOf([aReportedFile()], arrived).files).toEqual([]);
  });

  it('looks for a file of an S3 store under its name without the bucket', () => {
    const file = aReportedFile({ storageIdentifier: `s3g://dv-bucket:${NAME}` });
    const plan = planOf([file], [anArrival(NAME, { algorithm: 'MD5', value: 'ab'.repeat(16) })]);
    expect(plan.files).toHaveLength(1);
    expect(plan.sizes.get(file.storageIdentifier)).toBe(12);
  });

  it("gives Globus's reason for a file it skipped, and the general one for any other", () => {
    const otherName = '18b49d3688c-5c4ad0fc33bd';
    const other = aReportedFile({ storageIdentifier: `globusm://${otherName}`, fileName: 'b.dat' });
    const reasons = new Map([[`${PATH}${NAME}`, 'PERMISSION_DENIED']]);
    expect(planOf([aReportedFile(), other], [], reasons).results).toEqual([
      {
        storageIdentifier: `globusm://${NAME}`,
        fileName: 'a.dat',
        outcome: 'not-transferred',
        reason: 'PERMISSION_DENIED',
      },
      {
        storageIdentifier: `globusm://${otherName}`,
        fileName: 'b.dat',
        outcome: 'not-transferred',
        reason: OTHERWISE,
      },
    ]);
  });

  it('hands over what the client said of a file', () => {
    const said = {
      mimeType: 'text/csv',
      description: 'x',
      directoryLabel: 'a/b',
      categories: ['Data'],
      dataFileTags: ['Survey'],
      restrict: true,
      tabIngest: false,
      provFreeForm: 'y',
    };
    expect(registrationOf(said)).toMatchObject(said);
  });
});

describe('the MIME type of a registered file', () => {
  it.each([
    {
      case: 'given by the client',
      file: { mimeType: 'application/x-own', fileName: 'a.csv' },
      expected: 'application/x-own',
    },
    { case: 'of a lower-case extension', file: { fileName: 'a.csv' }, expected: 'text/csv' },
    { case: 'of an upper-case extension', file: { fileName: 'A.CSV' }, expected: 'text/csv' },
    { case: 'of the last extension', file: { fileName: 'a.csv.gz' }, expected: 'application/gzip' },
    { case: 'of no extension', file: { fileName: 'README' }, expected: 'application/octet-stream' },
    { case: 'of an unknown extension', file: { fileName: 'a.um-ancillary' }, expected: 'application/octet-stream' },
    {
      case: 'of a name that only looks like an extension',
      file: { fileName: 'zip' },
      expected: 'application/octet-stream',
    },
    {
      case: 'of a name that every object has a member for',
      file: { fileName: 'a.constructor' },
      expected: 'application/octet-stream',
    },
    { case: 'of another such name', file: { fileName: 'a.__proto__' }, expected: 'application/octet-stream' },
    { case: 'of a name that ends in a dot', file: { fileName: 'a.' }, expected: 'application/octet-stream' },
  ])('is the one $case', ({ file, expected }) => {
    expect(registrationOf(file)?.mimeType).toBe(expected);
  });
});

describe('the checksum of a registered file', () => {
  it.each([
    {
      case: "the client's",
      file: { checksum: { type: 'SHA-1', value: 'ab' } } as const,
      arrival: { algorithm: 'md5', value: 'cd' },
      expected: { '@type': 'SHA-1', '@value': 'ab' },
    },
    {
      case: "Globus's own, spelt in Dataverse's way",
      file: {},
      arrival: { algorithm: 'sha256', value: 'cd' },
      expected: { '@type': 'SHA-256', '@value': 'cd' },
    },
    {
      case: 'a placeholder when Globus used a type Dataverse does not know',
      file: {},
      arrival: { algorithm: 'SHA384', value: 'cd' },
      expected: { '@type': 'MD5', '@value': `Not available in Dataverse (${NAME})` },
    },
    {
      case: 'a placeholder when nobody computed one',
      file: {},
      arrival: null,
      expected: { '@type': 'MD5', '@value': `Not available in Dataverse (${NAME})` },
    },
  ])('is $case', ({ file, arrival, expected }) => {
    expect(registrationOf(file, arrival)?.checksum).toEqual(expected);
  });

  it('is different for every file without one, since equal checksums count as equal files', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fileNames, { minLength: 2 }), (names) => {
        const reported = names.map((name) => aReportedFile({ storageIdentifier: `globusm://${name}` }));
        const { files } = planOf(
          reported,
          names.map((name) => anArrival(name)),
        );
        expect(new Set(files.map((file) => file.checksum['@value'])).size).toBe(names.length);
      }),
    );
  });
});

describe('the next batch', () => {
  it('has at least one file, at most 5,000, and at most eight times the last', () => {
    fc.assert(
      fc.property(fc.nat({ max: 5_000 }), fc.nat({ max: 4_000_000 }), (filesInLast, tookMilliseconds) => {
        const size = nextBatchSize(filesInLast, tookMilliseconds);
        expect(Number.isInteger(size)).toBe(true);
        expect(size).toBeGreaterThanOrEqual(1);
        expect(size).toBeLessThanOrEqual(Math.min(5_000, Math.max(1, 8 * filesInLast)));
      }),
    );
  });

  it('never takes longer than a minute at the pace of the last, unless one file does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat({ max: 4_000_000 }), (filesInLast, tookMilliseconds) => {
        const size = nextBatchSize(filesInLast, tookMilliseconds);
        if (size > 1) expect((size * tookMilliseconds) / filesInLast).toBeLessThanOrEqual(60_000.001);
      }),
    );
  });

  it.each([
    { case: 'grows eightfold after an instant one', filesInLast: 25, tookMilliseconds: 0, expected: 200 },
    { case: 'fills the minute', filesInLast: 25, tookMilliseconds: 15_000, expected: 100 },
    { case: 'stays after a minute', filesInLast: 100, tookMilliseconds: 60_000, expected: 100 },
    { case: 'halves after two', filesInLast: 100, tookMilliseconds: 120_000, expected: 50 },
    { case: 'is one file when each takes minutes', filesInLast: 25, tookMilliseconds: 6_000_000, expected: 1 },
    { case: 'stops growing at 5,000', filesInLast: 4_000, tookMilliseconds: 1_000, expected: 5_000 },
  ])('$case', ({ filesInLast, tookMilliseconds, expected }) => {
    expect(nextBatchSize(filesInLast, tookMilliseconds)).toBe(expected);
  });
});
