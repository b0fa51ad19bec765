import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../functions/domain/errors.ts';
import { readJsonDataPart } from '../../functions/http/json-data-part.ts';
import { anyText } from '../domain/arbitrary-values.ts';
import { aRequest, jsonDataForm } from './requests.ts';

const JSON_DATA = '{"taskIdentifier":"3f530302","files":[{"fileName":"Grüße.dat"}]}';
const PART = 'Content-Disposition: form-data; name="jsonData"';

/** A body of parts, each given as its header lines and its content. */
function form(boundary: string, ...parts: { readonly head: string; readonly content: string }[]): string {
  const sections = parts.map(({ head, content }) => `--${boundary}\r\n${head}\r\n\r\n${content}\r\n`);
  return `${sections.join('')}--${boundary}--\r\n`;
}

function read(contentType: string | undefined, body: string | Buffer): Promise<string> {
  return readJsonDataPart(
    aRequest({ method: 'POST', headers: { 'Content-Type': contentType }, body: Buffer.from(body) }),
  );
}

const BOUNDARY = '------------------------4fc1a7e2c9';
const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

describe('the jsonData part of a form', () => {
  it.each([
    {
      case: 'curl sends',
      contentType: CONTENT_TYPE,
      body: form(BOUNDARY, { head: PART, content: JSON_DATA }),
    },
    {
      case: 'curl sends with a type',
      contentType: CONTENT_TYPE,
      body: form(BOUNDARY, { head: `${PART}\r\nContent-Type: application/json`, content: JSON_DATA }),
    },
    {
      case: 'a browser sends from a Blob',
      contentType: 'multipart/form-data; boundary=----WebKitFormBoundaryTkR2',
      body: form('----WebKitFormBoundaryTkR2', {
        head: `${PART}; filename="blob"\r\nContent-Type: application/json`,
        content: JSON_DATA,
      }),
    },
    {
      case: 'a client sends whose boundary is in quotes and whose type is in capitals',
      contentType: 'Multipart/Form-Data; boundary="a b"',
      body: form('a b', { head: PART, content: JSON_DATA }),
    },
    {
      case: 'a client sends beside a part of its own',
      contentType: CONTENT_TYPE,
      body: form(
        BOUNDARY,
        { head: 'Content-Disposition: form-data; name="other"', content: 'x' },
        { head: PART, content: JSON_DATA },
      ),
    },
  ])('is read as $case it', async ({ contentType, body }) => {
    expect(await read(contentType, body)).toBe(JSON_DATA);
  });

  it('is read as any text that was put into it', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect(await readJsonDataPart(aRequest({ method: 'POST', ...jsonDataForm(text) }))).toBe(text);
      }),
    );
  });

  it.each([
    { case: 'JSON', contentType: 'application/json', body: JSON_DATA, said: 'got application/json.' },
    {
      case: 'a plain form',
      contentType: 'application/x-www-form-urlencoded',
      body: `jsonData=${JSON_DATA}`,
      said: 'got application/x-www-form-urlencoded.',
    },
    {
      case: 'another multipart',
      contentType: `multipart/mixed; boundary=${BOUNDARY}`,
      body: form(BOUNDARY, { head: PART, content: JSON_DATA }),
      said: 'got multipart/mixed',
    },
    {
      case: 'a type that only begins alike',
      contentType: `multipart/form-dataset; boundary=${BOUNDARY}`,
      body: form(BOUNDARY, { head: PART, content: JSON_DATA }),
      said: 'got multipart/form-dataset',
    },
    { case: 'no content type', contentType: undefined, body: JSON_DATA, said: 'got no content type.' },
  ])('is asked for when the body is $case', async ({ contentType, body, said }) => {
    await expect(read(contentType, body)).rejects.toThrow(InvalidRequestError);
    await expect(read(contentType, body)).rejects.toThrow(
      `Error parsing json body: expected multipart/form-data with one part jsonData, ${said}`,
    );
  });

  const complete = form(BOUNDARY, { head: PART, content: JSON_DATA });
  it.each([
    { case: 'no boundary', contentType: 'multipart/form-data', body: complete },
    { case: 'another boundary', contentType: 'multipart/form-data; boundary=other', body: complete },
    { case: 'its end cut off', contentType: CONTENT_TYPE, body: complete.slice(0, complete.indexOf(JSON_DATA) + 20) },
    { case: 'its last line cut off', contentType: CONTENT_TYPE, body: complete.slice(0, -BOUNDARY.length - 6) },
    { case: 'no content', contentType: CONTENT_TYPE, body: '' },
    { case: 'something else than a form', contentType: CONTENT_TYPE, body: JSON_DATA },
    {
      case: 'a part without a name',
      contentType: CONTENT_TYPE,
      body: form(BOUNDARY, { head: 'Content-Disposition: form-data', content: JSON_DATA }),
    },
  ])('is not found in a form with $case', async ({ contentType, body }) => {
    await expect(read(contentType, body)).rejects.toThrow(InvalidRequestError);
    await expect(read(contentType, body)).rejects.toThrow('Error parsing json body: the multipart body is malformed.');
  });

  const jsonDataPart = { head: PART, content: JSON_DATA };
  const part = (index: number) => ({ head: `Content-Disposition: form-data; name="p${index}"`, content: 'x' });
  it.each([
    { case: 'missing', parts: [part(1)], said: 'expected one part jsonData, got none.' },
    {
      case: 'named in another case',
      parts: [{ head: 'Content-Disposition: form-data; name="JsonData"', content: JSON_DATA }],
      said: 'expected one part jsonData, got none.',
    },
    { case: 'given twice', parts: [jsonDataPart, jsonDataPart], said: 'expected one part jsonData, got 2.' },
    {
      case: 'hidden among eleven',
      parts: [...Array.from({ length: 10 }, (_, index) => part(index)), jsonDataPart],
      said: 'expected one part jsonData, got 11 parts.',
    },
    {
      case: 'hidden among thousands',
      parts: [...Array.from({ length: 5_000 }, (_, index) => part(index)), jsonDataPart],
      said: 'expected one part jsonData, got 5001 parts.',
    },
  ])('is refused when it is $case', async ({ parts, said }) => {
    await expect(read(CONTENT_TYPE, form(BOUNDARY, ...parts))).rejects.toThrow(`Error parsing json body: ${said}`);
  });

  it('ends in its text or in a refusal with the complaint, wherever a form is cut or damaged', async () => {
    const bytes = Buffer.from(complete);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), fc.boolean(), async (at, byte, cut) => {
        const damaged = cut ? bytes.subarray(0, at) : Buffer.from(bytes).fill(byte, at, at + 1);
        try {
          expect(typeof (await read(CONTENT_TYPE, damaged))).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequestError);
          expect((error as Error).message).toMatch(/^Error parsing json body: /);
        }
      }),
    );
  });
});
