import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../functions/domain/errors.ts';
import { parseUploadReport } from '../../functions/domain/report.ts';
import { TASK } from '../support/builders.ts';
import { anyText, fileNames } from './arbitrary-values.ts';
import { thrownBy } from './thrown-by.ts';

const IDENTIFIER = 'globusm://18b49d3688c-62137dcb06e4';
const OTHER_IDENTIFIER = 'globusm://18b49d3688c-5c4ad0fc33bd';

function reportOf(...files: unknown[]) {
  return parseUploadReport(JSON.stringify({ taskIdentifier: TASK, files }));
}

/** The only file of a report, of which nothing is said but its members. */
function fileWith(members: Record<string, unknown>) {
  const [file] = reportOf({ storageIdentifier: IDENTIFIER, fileName: 'a.dat', ...members }).files;
  const { storageIdentifier: _identifier, fileName: _name, ...told } = file ?? {};
  return told;
}

function refusalOf(...files: unknown[]): string {
  const error = thrownBy(() => reportOf(...files));
  expect(error).toBeInstanceOf(InvalidRequestError);
  return error.message;
}

describe('a report', () => {
  it('says which task moves which files', () => {
    const report = reportOf(
      { storageIdentifier: IDENTIFIER, fileName: 'a.dat' },
      { storageIdentifier: OTHER_IDENTIFIER, fileName: 'b.dat' },
    );
    expect(report).toEqual({
      taskId: TASK,
      files: [
        { storageIdentifier: IDENTIFIER, fileName: 'a.dat' },
        { storageIdentifier: OTHER_IDENTIFIER, fileName: 'b.dat' },
      ],
      bodyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('keeps the order and the names of its files, whatever characters they are of', () => {
    const legalName = anyText.filter((text) => text.trim() !== '' && !/[:<>;#/"*|?\\\p{Cc}]/u.test(text));
    const files = fc.uniqueArray(
      fc.record({ storageIdentifier: fileNames.map((name) => `globusm://${name}`), fileName: legalName }),
      { minLength: 1, maxLength: 10, selector: (file) => file.storageIdentifier },
    );
    fc.assert(
      fc.property(files, (reported) => {
        expect(reportOf(...reported).files).toEqual(reported);
      }),
    );
  });

  it('is recognised again whatever the order of its members and the blanks between them', () => {
    const one = `{"taskIdentifier":"${TASK}","files":[{"fileName":"a","storageIdentifier":"${IDENTIFIER}"}]}`;
    const other = `{ "files": [ { "storageIdentifier": "${IDENTIFIER}",\n "fileName": "a" } ],\t"taskIdentifier": "${TASK}" }`;
    expect(parseUploadReport(other).bodyHash).toBe(parseUploadReport(one).bodyHash);
  });

  it.each([
    { case: 'another file name', members: { fileName: 'b.dat' } },
    { case: 'a description', members: { description: 'x' } },
    { case: 'a member we do not read', members: { fileSize: 3 } },
  ])('with $case is another report', ({ members }) => {
    const file = { storageIdentifier: IDENTIFIER, fileName: 'a.dat' };
    expect(reportOf({ ...file, ...members }).bodyHash).not.toBe(reportOf(file).bodyHash);
  });
});

describe('a member of a reported file', () => {
  it.each([
    { case: 'a MIME type', members: { mimeType: 'text/csv' }, told: { mimeType: 'text/csv' } },
    { case: 'a description', members: { description: 'x' }, told: { description: 'x' } },
    { case: 'a directory label', members: { directoryLabel: 'a/b c' }, told: { directoryLabel: 'a/b c' } },
    { case: 'provenance', members: { provFreeForm: 'x' }, told: { provFreeForm: 'x' } },
    { case: 'tags', members: { dataFileTags: ['Survey'] }, told: { dataFileTags: ['Survey'] } },
    { case: 'categories as texts', members: { categories: ['Data'] }, told: { categories: ['Data'] } },
    { case: 'categories as objects', members: { categories: [{ name: 'Data' }] }, told: { categories: ['Data'] } },
    {
      case: 'categories of both forms',
      members: { categories: ['A', { name: 'B' }] },
      told: { categories: ['A', 'B'] },
    },
    { case: 'restrict as a boolean', members: { restrict: true }, told: { restrict: true } },
    { case: 'restrict as a text', members: { restrict: 'TRUE' }, told: { restrict: true } },
    { case: 'restrict as the text of the app', members: { restrict: 'false' }, told: { restrict: false } },
    { case: 'restrict as another text', members: { restrict: 'yes' }, told: { restrict: false } },
    { case: 'tabIngest as a boolean', members: { tabIngest: false }, told: { tabIngest: false } },
    { case: 'tabIngest as a text', members: { tabIngest: 'True' }, told: { tabIngest: true } },
    { case: 'a member we do not know', members: { fileSize: 12, nonsense: {} }, told: {} },
  ])('is taken over: $case', ({ members, told }) => {
    expect(fileWith(members)).toEqual(told);
  });

  it.each(
    [
      'mimeType',
      'description',
      'directoryLabel',
      'provFreeForm',
      'md5Hash',
      'label',
      'checksum',
      'categories',
      'dataFileTags',
      'restrict',
      'tabIngest',
    ].map((name) => ({ case: name, name })),
  )('counts as not given when it is null: $case', ({ name }) => {
    expect(fileWith({ [name]: null })).toEqual({});
  });

  it.each([
    { case: 'texts', members: { mimeType: '', description: '', directoryLabel: '', provFreeForm: '', label: '' } },
    { case: 'lists', members: { categories: [], dataFileTags: [] } },
    { case: 'checksums', members: { md5Hash: '', checksum: { '@type': 'MD5', '@value': '' } } },
    { case: 'checksums without a type', members: { checksum: { '@value': 'ab' } } },
    { case: 'checksums of nulls', members: { checksum: { '@type': null, '@value': null } } },
  ])('counts as not given when it is empty: $case', ({ members }) => {
    expect(fileWith(members)).toEqual({});
  });

  it('takes the label for the name when both are given', () => {
    const [file] = reportOf({ storageIdentifier: IDENTIFIER, fileName: 'a.dat', label: 'b.dat' }).files;
    expect(file?.fileName).toBe('b.dat');
  });
});

describe('the checksum of a reported file', () => {
  it.each([
    { case: 'as md5Hash', members: { md5Hash: 'aB' }, checksum: { type: 'MD5', value: 'aB' } },
    {
      case: 'by type and value',
      members: { checksum: { '@type': 'SHA-256', '@value': 'cd' } },
      checksum: { type: 'SHA-256', value: 'cd' },
    },
    {
      case: 'of a type written in another way',
      members: { checksum: { '@type': 'sha1', '@value': 'cd' } },
      checksum: { type: 'SHA-1', value: 'cd' },
    },
    {
      case: 'as md5Hash, which outranks the other',
      members: { md5Hash: 'ab', checksum: { '@type': 'SHA-256', '@value': 'cd' } },
      checksum: { type: 'MD5', value: 'ab' },
    },
    {
      case: 'by type and value when md5Hash is empty',
      members: { md5Hash: '', checksum: { '@type': 'SHA-512', '@value': 'cd' } },
      checksum: { type: 'SHA-512', value: 'cd' },
    },
    {
      case: 'of a type Dataverse does not know, as none',
      members: { checksum: { '@type': 'QuickXorHash', '@value': 'cd' } },
      checksum: undefined,
    },
  ])('is taken $case', ({ members, checksum }) => {
    expect(fileWith(members)).toEqual(checksum ? { checksum } : {});
  });
});

describe('a file name', () => {
  it.each([...':<>;#/"*|?\\'].map((character) => ({ case: character, character })))(
    "with $case is refused in Dataverse's words, with the place",
    ({ character }) => {
      expect(refusalOf({ storageIdentifier: IDENTIFIER, fileName: `a${character}b` })).toContain(
        `files.0: File Name cannot contain any of the following characters:  / : * ? " < > | ; # \\ (a${character}b)`,
      );
    },
  );

  it('that is illegal is refused as a label too', () => {
    expect(refusalOf({ storageIdentifier: IDENTIFIER, fileName: 'a', label: 'a:b' })).toContain('(a:b)');
  });

  it.each([
    { case: 'missing', members: {} },
    { case: 'empty', members: { fileName: '' } },
    { case: 'null', members: { fileName: null } },
  ])('that is $case is asked for', ({ members }) => {
    expect(refusalOf({ storageIdentifier: IDENTIFIER, ...members })).toBe(
      'Error parsing json body: files.0: expected a fileName',
    );
  });
});

describe('a directory label', () => {
  it.each([
    { case: 'a path', label: 'model/run-1/out.d' },
    { case: 'a path with backslashes', label: 'model\\run_1' },
    { case: 'blanks', label: 'a b' },
  ])('may be $case', ({ label }) => {
    expect(fileWith({ directoryLabel: label })).toEqual({ directoryLabel: label });
  });

  it.each([
    { case: 'a colon', label: 'c:/data' },
    { case: 'a letter with an accent', label: 'données' },
    { case: 'a quote', label: 'a"b' },
    { case: 'a line end', label: 'a\nb' },
  ])('may not hold $case', ({ label }) => {
    expect(refusalOf({ storageIdentifier: IDENTIFIER, fileName: 'a', directoryLabel: label })).toContain(
      'files.0: directoryLabel may hold letters, digits, blanks and _ - . / \\ only',
    );
  });
});

describe('a report that cannot be read', () => {
  it.each([
    { case: 'broken JSON', jsonData: '{"taskIdentifier":' },
    { case: 'an empty text', jsonData: '' },
    { case: 'a list, as for addFiles', jsonData: '[]' },
    { case: 'a text', jsonData: '"hello"' },
    { case: 'null', jsonData: 'null' },
    { case: 'no files', jsonData: `{"taskIdentifier":"${TASK}"}` },
    { case: 'files that are no list', jsonData: `{"taskIdentifier":"${TASK}","files":{"0":{}}}` },
    { case: 'a file that is a text', jsonData: `{"taskIdentifier":"${TASK}","files":["${IDENTIFIER}"]}` },
    { case: 'a file without an identifier', jsonData: `{"taskIdentifier":"${TASK}","files":[{"fileName":"a"}]}` },
    { case: 'no task', jsonData: `{"files":[{"storageIdentifier":"${IDENTIFIER}","fileName":"a"}]}` },
    { case: 'a task that is a number', jsonData: `{"taskIdentifier":1,"files":[]}` },
  ])("is refused with Dataverse's complaint first: $case", ({ jsonData }) => {
    const error = thrownBy(() => parseUploadReport(jsonData));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error.message).toMatch(/^Error parsing json body: expected /);
  });

  it.each([
    { case: 'a number for a name', members: { fileName: 12 }, place: 'files.0.fileName' },
    { case: 'a number for restrict', members: { restrict: 1 }, place: 'files.0.restrict' },
    { case: 'a text for categories', members: { categories: 'Data' }, place: 'files.0.categories' },
    { case: 'a number among categories', members: { categories: [7] }, place: 'files.0.categories.0' },
    { case: 'a text for the checksum', members: { checksum: 'ab' }, place: 'files.0.checksum' },
    { case: 'a description beyond any column', members: { description: 'x'.repeat(10_001) }, place: 'description' },
  ])('is refused by its place: $case', ({ members, place }) => {
    expect(refusalOf({ storageIdentifier: IDENTIFIER, fileName: 'a', ...members })).toContain(`${place}: `);
  });

  it('is refused when the task is no UUID', () => {
    const jsonData = JSON.stringify({
      taskIdentifier: 'abc',
      files: [{ storageIdentifier: IDENTIFIER, fileName: 'a' }],
    });
    expect(() => parseUploadReport(jsonData)).toThrow('taskIdentifier: expected a UUID, got "abc"');
  });

  it('is refused when its list is empty', () => {
    expect(refusalOf()).toBe('Error parsing json body: files: expected at least one file, got an empty list.');
  });

  it.each([
    { case: 'blanks only', fileName: '  ' },
    { case: 'a line end', fileName: 'a\nb' },
    { case: 'a control character', fileName: 'a\u0007' },
  ])('is refused when a file is named with $case', ({ fileName }) => {
    expect(refusalOf({ storageIdentifier: IDENTIFIER, fileName })).toMatch(/^Error parsing json body: files\.0/);
  });

  it('is refused when it names an identifier twice', () => {
    const file = { storageIdentifier: IDENTIFIER, fileName: 'a' };
    expect(refusalOf(file, { ...file, fileName: 'b' })).toBe(
      'Error parsing json body: files: a storageIdentifier is given more than once',
    );
  });

  it('names every faulty file', () => {
    const message = refusalOf(
      { storageIdentifier: IDENTIFIER, fileName: 'a:b' },
      { storageIdentifier: OTHER_IDENTIFIER, directoryLabel: 'c:/' },
    );
    expect(message.match(/files\.\d+: [A-Za-z]+/g)).toEqual([
      'files.0: File',
      'files.1: expected',
      'files.1: directoryLabel',
    ]);
  });

  it('names twenty of 10,001 faults and counts the others', () => {
    const files = Array.from({ length: 10_001 }, (_, index) => ({
      storageIdentifier: `globusm://18b49d3688c-${index.toString(16).padStart(12, '0')}`,
    }));
    const message = refusalOf(...files);
    expect(message.match(/expected a fileName/g)).toHaveLength(20);
    expect(message).toMatch(/; and 9981 more$/);
  });

  it('stays short when 10,001 files have no readable shape', () => {
    expect(refusalOf(...Array.from({ length: 10_001 }, () => 7)).length).toBeLessThan(1_500);
  });
});
