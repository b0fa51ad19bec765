import fc from 'fast-check';
import { httpApi } from '../../functions/manifest.ts';
import { NASTY_TEXTS } from './nasty-values.ts';

/** The routes of the manifest, so that a new one is reached at once. */
export const ROUTES: readonly { readonly method: string; readonly path: string }[] = httpApi.routes;

const PERSISTENT_IDS = ['ILLPXE', '7U7YBV', 'REFERS', 'S3MANA'].map((name) => `doi:10.5072/FK2/${name}`);

const prefix = fc.constantFrom(...httpApi.prefixes);
const aDataset = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('29', '30', '31', '32', ':persistentId', ':persistentId', ':persistentId') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '999999',
      '0',
      '-1',
      '029',
      '1e3',
      '2147483648',
      '99999999999999999999',
      '%32%39',
      '29%00',
      '29%20',
      '%2e%2e',
      '..',
      '29;a=b',
      '%ZZ',
      '%E0%A4',
      '%F0%9F%98%80',
      'doi:10.5072%2FFK2%2FILLPXE',
      'doi:10.5072/FK2/ILLPXE',
      '%3ApersistentId',
      ':PersistentId',
      '«fill:3000*9»',
      '__proto__',
      '%C0%AE%C0%AE',
    ),
  },
);
const aTransfer = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('«transfer:0»', '«transfer:1»', '«transfer:2»', '«transfer:3»', '«transfer:4»'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '29-18b49d3688c',
      '29-',
      '-18b49d3688c',
      '29-18b49d3688C',
      '29-18b49d3688c%00',
      '%2e%2e',
      'lock',
      'task%2342',
      '«fill:3000*a»',
    ),
  },
);

/** A name and a value of the query, with ways to write them that servers read differently. */
const parameter = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PERSISTENT_IDS).map((pid) => ['persistentId', pid] as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ['datasetId', '29'],
      ['datasetId', '30'],
      ['locale', 'en-US'],
      ['locale', '7'],
      ['downloadId', '00000000-0000-4000-8000-000000000001'],
      ['downloadId', '«download:0»'],
      ['limit', '2'],
      ['limit', '0'],
      ['limit', '1e9'],
      ['start', '1'],
      ['start', '-1'],
      ['before', '«transfer:0»'],
      ['dryRun', 'true'],
      ['user', 'curator'],
      ['token', 'canaryurltoken00112233'],
      ['kid', '00000000'],
      ['until', '2099-01-01T00:00:00.000'],
      ['method', 'POST'],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom(
        'persistentId',
        'locale',
        'datasetId',
        'downloadId',
        'limit',
        'before',
        'user',
        'a[]',
        '__proto__',
      ),
      fc.oneof(fc.constantFrom(...NASTY_TEXTS), fc.string({ unit: 'binary', maxLength: 20 })),
    ),
  },
) as fc.Arbitrary<readonly [string, string]>;

const WAYS_TO_WRITE: readonly ((text: string) => string)[] = [
  encoded,
  (text) => text.replace(/[\s#%&]/gu, encoded),
  (text) => encoded(encoded(text)),
  (text) => [...Buffer.from(text.slice(0, 200))].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
];

const query = fc
  .array(fc.tuple(parameter, fc.oneof(fc.constant(encoded), fc.constantFrom(...WAYS_TO_WRITE))), { maxLength: 4 })
  .chain((parameters) => {
    const written = parameters.map(([[name, value], write]) => `${name}=${isMark(value) ? value : write(value)}`);
    return fc.constantFrom(
      written.join('&'),
      written.join('&'),
      [...written, ...written].join('&'),
      `&&${written.join('&&')}&`,
    );
  });

/** Path and query of a route. */
export function targetOf(path: string): fc.Arbitrary<string> {
  return fc.tuple(prefix, aDataset, aTransfer, query).map(([start, dataset, transfer, parameters]) => {
    const filled = path.replace('{id}', () => dataset).replace('{transferId}', () => transfer);
    const needed =
      dataset === ':persistentId' && !parameters.includes('persistentId=') ? `persistentId=${PERSISTENT_IDS[0]}` : '';
    const whole = [parameters, needed].filter((each) => each !== '').join('&');
    return `${start}${filled}${whole === '' ? '' : `?${whole}`}`;
  });
}

const SLIPS: readonly ((target: string) => string)[] = [
  (target) => target.replace('?', '/?'),
  (target) => target.replace('/datasets/', '/datasets//'),
  (target) => target.replace('/api/', '/api/v2/'),
  (target) => target.replace('/api/', '/API/'),
  (target) => target.replace('/globus/', '/globus/../globus/'),
  (target) => target.replaceAll('/', '%2F').replace('%2F', '/'),
  (target) => target.replace(/([A-Za-z]+)(\?|$)/, (_, word: string, end: string) => `${word.toUpperCase()}${end}`),
  (target) => target.replace(/([A-Za-z]+)(\?|$)/, (_, word: string, end: string) => `${word}%20${end}`),
  (target) => target.replace(/([A-Za-z]+)(\?|$)/, (_, word: string, end: string) => `${word};a=b${end}`),
  (target) => target.replace(/[A-Za-z](?=[A-Za-z]*(\?|$))/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (target) => `/api/globus/${'nothing/'.repeat(30)}${target.length}`,
  () => '/api/globus',
  () => '/api/globus/',
  () => '/api/globus/transfers/',
  () => '/api/v1/globus/transfers/a/b/c',
];

/** Targets beside a route, which the API must refuse in good order. */
export function nearMissOf(path: string): fc.Arbitrary<string> {
  return fc.tuple(targetOf(path), fc.constantFrom(...SLIPS)).map(([target, slip]) => slip(target));
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function isMark(text: string): boolean {
  return text.startsWith('«');
}
