import fc from 'fast-check';

/** Texts that have broken parsers, paths, logs and pages before. */
export const NASTY_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '../../../etc/passwd',
  '..\\..',
  '%2e%2e%2f',
  '%00',
  '\r\nX-Injected: yes',
  '<script>alert(1)</script>',
  '"; DROP TABLE transfers; --',
  '\u202egnp.exe',
  '\ud800',
  '\uff0f\uff0e\uff0e',
  'Ａ𝟘',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: loggers have filled it in
  '${jndi:ldap://127.0.0.1/a}',
  'constructor',
  '__proto__',
  'toString',
  'null',
  'undefined',
  'NaN',
  'true',
  '«fill:2000*é»',
  'doi:10.5072/FK2/ILLPXE',
  'd15d4244-fc10-47f3-a790-85bdb6db9a75',
  '00000000-0000-0000-0000-000000000000',
  'globusm://18b3972213f-f6b5c2221423',
  's3g://dv-bucket:18b3972213f-f6b5c2221423',
  's3://bucket:../18b3972213f-f6b5c2221423',
  'http://169.254.169.254/latest/meta-data/',
] as const;

/** Numbers as JSON writes them, beyond what a double holds included. */
const RAW_NUMBERS = [
  '0',
  '-0',
  '-1',
  '1',
  '2',
  '1.5',
  '1e3',
  '1e400',
  '-1e400',
  '2147483648',
  '9007199254740993',
  '1E-400',
];

/** What a JSON text holds where a number may stand that JavaScript cannot write: `toJsonText` puts it in. */
interface RawNumber {
  readonly rawNumber: string;
}

const nastyText = fc.oneof(fc.constantFrom(...NASTY_TEXTS), fc.string({ unit: 'binary', maxLength: 30 }));

/** Anything that may stand in a JSON text. */
export const nastyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: nastyText },
  { weight: 3, arbitrary: fc.constantFrom(...RAW_NUMBERS).map((rawNumber): RawNumber => ({ rawNumber })) },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false, [], {}, [[]], [null], { a: {} }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Replaces, removes or adds one part of a JSON value, the whole included. */
export function mutant(value: unknown): fc.Arbitrary<unknown> {
  const places = placesIn(value);
  return fc
    .tuple(fc.nat(places.length - 1), fc.constantFrom('replace', 'remove', 'add'), nastyValue, nastyText)
    .map(([index, how, put, name]) => changed(value, places[index] ?? [], how, put, name));
}

type Place = readonly (string | number)[];

function placesIn(value: unknown, place: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  const parts = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [place, ...parts.flatMap(([key, part]) => placesIn(part, [...place, key]))];
}

function changed(value: unknown, place: Place, how: string, put: unknown, name: string): unknown {
  const [key, ...rest] = place;
  if (key === undefined) {
    if (how !== 'add' || typeof value !== 'object' || value === null) return put;
    return Array.isArray(value) ? [...value, put] : { ...value, [name]: put };
  }
  const isLast = rest.length === 0 && how === 'remove';
  if (Array.isArray(value)) {
    return isLast
      ? value.filter((_, index) => index !== key)
      : value.map((part, index) => (index === key ? changed(part, rest, how, put, name) : part));
  }
  const entries = Object.entries(value as object).flatMap(([each, part]) => {
    if (each !== key) return [[each, part] as const];
    return isLast ? [] : [[each, changed(part, rest, how, put, name)] as const];
  });
  return Object.fromEntries(entries);
}

/** JSON with the numbers that JavaScript has no form for. */
export function toJsonText(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (isRawNumber(part) ? `«raw»${part.rawNumber}«/raw»` : part));
  return (text ?? 'null').replace(/"«raw»([^«]*)«\/raw»"/g, '$1');
}

function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === 'object' && value !== null && 'rawNumber' in value;
}
