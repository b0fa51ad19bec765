import { describe, expect, it } from 'vitest';
import { parseDownloadRequest } from '../../functions/domain/download-request.ts';
import { PRINCIPAL } from '../support/builders.ts';

const parse = (body: unknown, hasLaunch = false) => parseDownloadRequest(JSON.stringify(body), hasLaunch);

describe('the body of requestGlobusDownload', () => {
  it('names files by number, by text and by persistent id, each once, in the order given', () => {
    const fileIds = [61, '60', 'doi:10.5072/FK2/FILE', 61];
    expect(parse({ principal: PRINCIPAL, fileIds })).toEqual({
      principal: PRINCIPAL,
      files: [{ fileId: '61' }, { fileId: '60' }, { persistentId: 'doi:10.5072/FK2/FILE' }],
    });
  });

  it('needs no files after a launch', () => {
    expect(parse({ principal: PRINCIPAL }, true).files).toBeNull();
    expect(parse({ principal: PRINCIPAL, fileIds: null }, true).files).toBeNull();
  });

  it.each([
    ['no list', { principal: PRINCIPAL }, 'fileIds JsonArray of file ids/PIDs required in POST body'],
    [
      'a number for a list',
      { principal: PRINCIPAL, fileIds: 60 },
      'fileIds JsonArray of file ids/PIDs required in POST body',
    ],
    [
      'an element that is neither number nor text',
      { principal: PRINCIPAL, fileIds: [true] },
      'fileIds must be numeric or string (ids/PIDs)',
    ],
    ['an empty list', { principal: PRINCIPAL, fileIds: [] }, 'List of files to transfer not found.'],
    ['a fraction', { principal: PRINCIPAL, fileIds: [1.5] }, 'Bad file ID number: 1.5.'],
    ['a text that is no id', { principal: PRINCIPAL, fileIds: ['sixty'] }, 'Bad file ID number: sixty.'],
    ['no principal', { fileIds: [60] }, 'principal: expected a UUID, got nothing'],
    ['a list for a body', [60], 'Error parsing json body'],
  ])('is refused with %s', (_what, body, message) => {
    expect(() => parse(body)).toThrow(message);
  });
});
