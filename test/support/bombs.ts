import { PRINCIPAL, TASK } from './builders.ts';

/** As much as a body may have. */
const BYTES = 4_400_000;
const many = (piece: string) => piece.repeat(Math.floor(BYTES / piece.length));

/** JSON that is small to send and large to read, or read in two ways (T-13, T-14). */
export const JSON_BOMBS: readonly { readonly case: string; readonly text: string }[] = [
  { case: 'a hundred thousand lists in each other', text: `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}` },
  { case: 'two million lists that never close', text: many('[') },
  { case: 'a million objects in each other', text: many('{"a":') },
  { case: 'two million numbers for files', text: `{"principal":"${PRINCIPAL}","fileIds":[${many('1,')}1]}` },
  { case: 'a million objects for files', text: `{"principal":"${PRINCIPAL}","fileIds":[${many('{},')}{}]}` },
  { case: 'half a million members', text: `{${Array.from({ length: 400_000 }, (_, at) => `"${at}":0`).join(',')}}` },
  { case: 'one member half a million times', text: `{${many('"a":1,')}"a":1}` },
  { case: 'a number beyond all bounds', text: '{"numberOfFiles":1e400,"fileIds":[1e400],"taskIdentifier":1e400}' },
  { case: 'a number that is not exact', text: '{"numberOfFiles":9007199254740993,"fileIds":[9007199254740993]}' },
  { case: 'a number of four million digits', text: `{"numberOfFiles":${many('9')}}` },
  { case: 'a member named __proto__', text: '{"__proto__":{"numberOfFiles":1},"constructor":{"prototype":{}}}' },
  { case: 'a member that stands twice', text: `{"principal":"${PRINCIPAL}","principal":"${TASK}"}` },
  { case: 'a text of four million characters', text: JSON.stringify(many('x')) },
  { case: 'four million blanks', text: many(' ') },
  { case: 'half a million null bytes', text: '\0'.repeat(500_000) },
];

const PART = 'Content-Disposition: form-data; name="jsonData"';
const part = (head: string, content = '') => `--b\r\n${head}\r\n\r\n${content}\r\n`;
const END = '--b--\r\n';

/** Forms that are small to send and large to read (T-12). */
export const FORM_BOMBS: readonly { readonly case: string; readonly type?: string; readonly body: string }[] = [
  { case: 'seventy thousand parts', body: `${many(part('Content-Disposition: form-data; name="a"'))}${END}` },
  {
    case: 'seventy thousand files',
    body: `${many(part('Content-Disposition: form-data; name="a"; filename="b"'))}${END}`,
  },
  { case: 'as many parts jsonData', body: `${many(part(PART, '{}'))}${END}` },
  { case: 'a header of four million characters', body: `${part(`${PART}\r\nX-Long: ${many('y')}`, 'no')}${END}` },
  { case: 'half a million headers', body: `${part(`${PART}\r\n${many('X: y\r\n')}X: y`, 'no')}${END}` },
  {
    case: 'a name of two million escapes',
    body: `${part(`Content-Disposition: form-data; name="${many('\\"')}"`)}${END}`,
  },
  { case: 'no end', body: `--b\r\n${PART}\r\n\r\n${many('\r\n-')}` },
  { case: 'boundaries alone', body: many('--b\r\n') },
  { case: 'no boundary', type: 'multipart/form-data', body: many('x') },
  {
    case: 'a boundary of nine thousand characters',
    type: `multipart/form-data; boundary=${'b'.repeat(9_000)}`,
    body: many('x'),
  },
  {
    case: 'a form in a form',
    body: `${part(`${PART}\r\nContent-Type: multipart/mixed; boundary=c`, `${many('--c\r\n\r\nx\r\n')}--c--`)}${END}`,
  },
];
