import { isJsonataText } from './definition.ts';
import { expressionFault } from './expressions.ts';
import { JSONPATH_FIELDS } from './state-fields.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Collects faults with their places, such as `States.Look.Retry[0].MaxAttempts`. */
export class FaultList {
  readonly faults: string[] = [];

  add(place: string, message: string): void {
    this.faults.push(`${place}: ${message}`);
  }
}

/** The value as an object, or undefined with a fault. */
export function expectObject(faults: FaultList, place: string, value: unknown): Fields | undefined {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Fields;
  faults.add(place, 'expected an object');
  return undefined;
}

/** The value as a list that is not empty, or an empty one with a fault. */
export function expectList(faults: FaultList, place: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  faults.add(place, 'expected a list that is not empty');
  return [];
}

/** Faults of missing and of unknown fields; those of JSONPath are named as such. */
export function checkFieldNames(
  faults: FaultList,
  place: string,
  fields: Fields,
  table: { required: readonly string[]; optional: readonly string[] },
): void {
  for (const name of table.required) {
    if (!(name in fields)) faults.add(place, `${name} is missing`);
  }
  for (const name of Object.keys(fields)) {
    if (table.required.includes(name) || table.optional.includes(name)) continue;
    const isJsonPath = JSONPATH_FIELDS.includes(name) || name.endsWith('.$');
    faults.add(
      `${place}.${name}`,
      isJsonPath ? 'belongs to JSONPath; only JSONata runs here' : 'is not a supported field',
    );
  }
}

/** A field that must be text when it is there. */
export function checkText(faults: FaultList, place: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') faults.add(place, 'expected text');
}

/** A field that must be one of some values when it is there. */
export function checkOneOf(faults: FaultList, place: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return;
  faults.add(place, `expected ${allowed.map((one) => JSON.stringify(one)).join(' or ')}, got ${JSON.stringify(value)}`);
}

/** A number in a range (whole unless told) when it is there; JSONata passes where `orExpression` says so. */
export function checkNumber(
  faults: FaultList,
  place: string,
  value: unknown,
  rule: { minimum: number; maximum?: number; fraction?: boolean; orExpression?: boolean },
): void {
  if (value === undefined) return;
  if (rule.orExpression && isJsonataText(value)) {
    checkTemplate(faults, place, value);
    return;
  }
  const { minimum, maximum = Number.MAX_SAFE_INTEGER } = rule;
  const isNumber = rule.fraction ? Number.isFinite(value) : Number.isInteger(value);
  if (isNumber && Number(value) >= minimum && Number(value) <= maximum) return;
  const kind = rule.fraction ? 'a number' : 'a whole number';
  const upper = rule.maximum === undefined ? '' : ` to ${rule.maximum}`;
  faults.add(place, `expected ${kind} from ${minimum}${upper}${rule.orExpression ? ' or JSONata' : ''}`);
}

/** Every `{% … %}` text of a template must be valid JSONata, and the whole must be JSON. */
export function checkTemplate(faults: FaultList, place: string, value: unknown): void {
  if (typeof value === 'string') {
    if (isJsonataText(value)) {
      const fault = expressionFault(value);
      if (fault !== undefined) faults.add(place, fault);
    } else if (value.startsWith('{%')) {
      faults.add(place, 'begins with {% but does not end with %}');
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkTemplate(faults, `${place}[${index}]`, item);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      if (key.endsWith('.$')) faults.add(`${place}.${key}`, 'belongs to JSONPath; only JSONata runs here');
      checkTemplate(faults, `${place}.${key}`, item);
    }
  } else if (value !== null && typeof value !== 'boolean' && !Number.isFinite(value)) {
    faults.add(place, 'is not JSON');
  }
}
