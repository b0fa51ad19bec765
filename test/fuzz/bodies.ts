import fc from 'fast-check';
import { mutant, nastyValue, toJsonText } from './nasty-values.ts';

/** A body with its content type; undefined for none. */
export interface Body {
  readonly contentType: string | undefined;
  readonly text: string | undefined;
}

const PRINCIPAL = 'd15d4244-fc10-47f3-a790-85bdb6db9a75';
const SECOND_PRINCIPAL = 'd15d4244-fc10-47f3-a790-85bdb6db9a76';
const REFERENCE_BASE = 'd8c42580-6528-4605-9ad8-116a61982644/hdc1';

const task = fc.constantFrom('«task:0»', '«task:1»', '«task:2»', '3f530302-6c48-11ee-8428-378be0d9c521');
const anIdentifier = fc.constantFrom('«identifier:0»', '«identifier:1»', '«identifier:2»', '«identifier:3»');
const file = fc.record(
  {
    storageIdentifier: anIdentifier,
    fileName: fc.constantFrom('a.txt', 'grüße.nc', 'b.bin'),
    directoryLabel: fc.constantFrom('', 'data/sub', null),
    description: fc.constantFrom('', 'My description.'),
    categories: fc.constantFrom(null, ['Data']),
    restrict: fc.constantFrom('false', 'true', false),
    mimeType: fc.constantFrom('text/plain', null),
    checksum: fc.constantFrom({ '@type': 'MD5', '@value': '1234' }, { '@type': 'CRC32', '@value': 'x' }, null),
  },
  { requiredKeys: ['storageIdentifier', 'fileName'] },
);
const report = fc.record({ taskIdentifier: task, files: fc.array(file, { minLength: 1, maxLength: 3 }) });

/** Bodies that may be right, by the last word of a route's path. */
const RIGHT: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  requestGlobusUploadPaths: fc.oneof(
    fc.record({
      principal: fc.constantFrom(PRINCIPAL, SECOND_PRINCIPAL),
      numberOfFiles: fc.constantFrom(1, 2, 3, 0, -1, 1.5, 20_000),
    }),
    fc.record({
      referencedFiles: fc.subarray(
        ['/test1.txt', '/none.txt', '2/x', '/../etc/x', '//x'].map((path) => `${REFERENCE_BASE}${path}`),
      ),
    }),
  ),
  addGlobusFiles: report,
  requestGlobusDownload: fc.record(
    {
      principal: fc.constantFrom(PRINCIPAL, SECOND_PRINCIPAL),
      fileIds: fc.subarray<number | string>([60, 61, '60', '61', 62, 'doi:10.5072/FK2/7U7YBV/A'], { minLength: 1 }),
    },
    { requiredKeys: ['fileIds'] },
  ),
  monitorGlobusDownload: fc.record({ taskIdentifier: task }),
  retry: fc.oneof(fc.constant({}), report),
  delete: fc.record(
    {
      persistentId: fc.constantFrom('doi:10.5072/FK2/ILLPXE', 'doi:10.5072/FK2/7U7YBV'),
      storageIdentifiers: fc.array(anIdentifier, { maxLength: 2 }),
      dryRun: fc.constantFrom(true, false),
    },
    { requiredKeys: ['persistentId'] },
  ),
};

/** JSON texts that are made to break a parser. */
const HOSTILE_TEXTS = [
  '«fill:100000*[»',
  '«fill:50000*{"a":»1«fill:50000*}»',
  '{"principal":"x","principal":"y","numberOfFiles":1,"numberOfFiles":2}',
  '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}',
  '{"taskIdentifier":"«task:0»","taskIdentifier":"«task:1»","files":[]}',
  '{"principal":',
  '"text"',
  '12',
  '\ufeff{}',
  "{'principal':'x'}",
  '{"a":1}{"b":2}',
  '«fill:200000*{"a":1},»',
  '{"fileIds":[«fill:30000*60,»60]}',
  '\u0000\u0001\u0002',
];

/** A JSON text: right, nearly right, or hostile. */
function jsonText(right: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: right.map(toJsonText) },
    { weight: 5, arbitrary: right.chain(mutant).map(toJsonText) },
    { weight: 1, arbitrary: nastyValue.map(toJsonText) },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  );
}

const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'text/html',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary="«fill:300*b»"',
  'multipart/mixed; boundary=b0',
  'application/octet-stream',
  '',
  ';;;',
];

const DISPOSITION = 'Content-Disposition: form-data; name=';
const part = (text: string, head = `${DISPOSITION}"jsonData"`) => `--b0\r\n${head}\r\n\r\n${text}\r\n`;

/** Forms around a text: as they should be, and as they should not. */
const FORMS: readonly ((text: string) => string)[] = [
  (text) => `${part(text)}--b0--\r\n`,
  (text) => `${part(text, `${DISPOSITION}"jsonData"; filename="a.json"\r\nContent-Type: application/json`)}--b0--\r\n`,
  (text) => `${part(text)}${part(text)}--b0--\r\n`,
  (text) => `${part(text)}${part('more', `${DISPOSITION}"file"; filename="../../x"`)}--b0--\r\n`,
  (text) => `${part(text)}«fill:50*${part('x', `${DISPOSITION}"more"`)}»--b0--\r\n`,
  (text) => part(text),
  (text) => `--b0\r\n\r\n${text}\r\n--b0--`,
  (text) => `--b0\n${DISPOSITION}"jsonData"\n\n${text}\n--b0--\n`,
  (text) =>
    `${part(`--b1\r\n${DISPOSITION}"jsonData"\r\n\r\n${text}\r\n--b1--`, 'Content-Type: multipart/mixed; boundary=b1')}--b0--`,
  (text) => `${part(text, `${DISPOSITION}"jsonData"\r\n«fill:20000*X-A: b\r\n»X-B: c`)}--b0--\r\n`,
  (text) => text,
  () => '--b0--\r\n',
];

const form = (text: fc.Arbitrary<string>): fc.Arbitrary<Body> =>
  fc
    .tuple(text, fc.oneof(fc.constant(FORMS[0]), fc.constantFrom(...FORMS)))
    .map(([each, around]) => ({ contentType: 'multipart/form-data; boundary=b0', text: around?.(each) ?? each }));

/** A body for a route. @param lastWord - of its path @param method - GETs mostly have none */
export function bodyFor(lastWord: string, method: string): fc.Arbitrary<Body> {
  const none = fc.constant<Body>({ contentType: undefined, text: undefined });
  const text = jsonText(RIGHT[lastWord] ?? nastyValue);
  const json = text.map((each): Body => ({ contentType: 'application/json', text: each }));
  const odd = fc.record({ contentType: fc.constantFrom(...CONTENT_TYPES), text });
  const large = fc
    .constantFrom('«fill:4600000*x»', '{"a":"«fill:4400000*y»"}', '«fill:11000000*z»')
    .map((each): Body => ({ contentType: 'application/json', text: each }));
  const usual = lastWord === 'addGlobusFiles' ? form(text) : json;
  return fc.oneof(
    { weight: method === 'GET' ? 300 : 10, arbitrary: none },
    { weight: 200, arbitrary: usual },
    { weight: 30, arbitrary: odd },
    { weight: 15, arbitrary: form(text) },
    { weight: 1, arbitrary: large },
  );
}
