import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';
import { isJsonataText } from './definition.ts';
import { QueryEvaluationFailure, StateFailure } from './errors.ts';

/** Limit of a state's input, output, arguments and results, in bytes of JSON (limits-and-threats.md A3). */
export const DATA_LIMIT_BYTES = 262_144;

export type Variables = Readonly<Record<string, unknown>>;

/** What an expression can see: `$states`, the variables in scope, and the time for `$now` and `$millis`. */
export interface EvaluationScope {
  readonly states: Readonly<Record<string, unknown>>;
  readonly variables: Variables;
  readonly nowMilliseconds: number;
}

/**
 * Guards against an expression that never ends; Amazon has such limits too without publishing numbers. The time is generous
 * because thousands of executions woken at once share it.
 */
const GUARD = { timeout: 60_000, stack: 1_000 };

const compiled = new Map<string, jsonata.Expression>();

function compile(text: string): jsonata.Expression {
  let expression = compiled.get(text);
  if (!expression) {
    expression = jsonata(text.slice(2, -2), GUARD);
    compiled.set(text, expression);
  }
  return expression;
}

/** Says what is wrong with a `{% … %}` text before anything runs, or undefined: syntax, and `$eval`, which Step Functions lacks. */
export function expressionFault(text: string): string | undefined {
  try {
    const ast = JSON.stringify(compile(text).ast());
    return ast.includes('"value":"eval","type":"variable"') ? '$eval is not available in Step Functions' : undefined;
  } catch (error) {
    return `invalid JSONata: ${messageOf(error)}`;
  }
}

/**
 * Evaluates every `{% … %}` string of a template and leaves the rest as it is.
 * @param location - where the template stands, for messages, such as `Output`
 * @throws QueryEvaluationFailure when an expression throws or gives nothing
 */
export async function evaluateTemplate(template: unknown, location: string, scope: EvaluationScope): Promise<unknown> {
  if (isJsonataText(template)) return evaluateText(template, location, scope);
  if (Array.isArray(template)) {
    const items: unknown[] = [];
    for (const [index, item] of template.entries()) {
      items.push(await evaluateTemplate(item, `${location}/${index}`, scope));
    }
    return items;
  }
  if (template !== null && typeof template === 'object') {
    const entries: [string, unknown][] = [];
    for (const [key, value] of Object.entries(template)) {
      entries.push([key, await evaluateTemplate(value, `${location}/${key}`, scope)]);
    }
    return Object.fromEntries(entries);
  }
  return template;
}

async function evaluateText(text: string, location: string, scope: EvaluationScope): Promise<unknown> {
  let json: string | undefined;
  try {
    const value: unknown = await compile(text).evaluate(undefined, {
      ...amazonFunctions(scope.nowMilliseconds),
      ...scope.variables,
      states: scope.states,
    });
    // A round trip through JSON drops what JSONata hangs on its sequences and cuts every tie to the scope's values.
    json = isFunctionValue(value) ? undefined : JSON.stringify(value);
  } catch (error) {
    throw new QueryEvaluationFailure(
      location,
      `The JSONata expression '${text}' specified for the field '${location}' threw an error during evaluation. ${messageOf(error)}`,
    );
  }
  if (json === undefined) {
    throw new QueryEvaluationFailure(
      location,
      `The JSONata expression '${text}' specified for the field '${location}' returned nothing (undefined).`,
    );
  }
  return JSON.parse(json);
}

/**
 * Evaluates a field that must be a number.
 * @param range - inclusive bounds; with `whole` only integers pass
 * @throws QueryEvaluationFailure for anything else
 */
export async function evaluateNumber(
  value: unknown,
  location: string,
  scope: EvaluationScope,
  range: { minimum: number; maximum: number },
): Promise<number> {
  const result = await evaluateTemplate(value, location, scope);
  if (Number.isInteger(result) && Number(result) >= range.minimum && Number(result) <= range.maximum)
    return Number(result);
  throw new QueryEvaluationFailure(
    location,
    `The field '${location}' must be a whole number from ${range.minimum} to ${range.maximum}, got ${JSON.stringify(result)}.`,
  );
}

/** @throws StateFailure `States.DataLimitExceeded` when the JSON of the value is over 256 KiB; `what` names the value. */
export function checkDataLimit(value: unknown, what: string): void {
  const sizeBytes = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (sizeBytes <= DATA_LIMIT_BYTES) return;
  throw new StateFailure(
    'States.DataLimitExceeded',
    `The ${what} of ${sizeBytes} bytes is larger than the limit of ${DATA_LIMIT_BYTES} bytes.`,
  );
}

/** The functions Step Functions adds to JSONata, and the two clocks of JSONata bound to the engine's clock. */
function amazonFunctions(nowMilliseconds: number): Record<string, unknown> {
  return {
    now: (picture?: string, timezone?: string) => formatNow(nowMilliseconds, picture, timezone),
    millis: () => nowMilliseconds,
    partition,
    range,
    hash,
    random,
    uuid: () => randomUUID(),
    parse: (text: unknown) => (typeof text === 'string' ? JSON.parse(text) : undefined),
  };
}

function formatNow(nowMilliseconds: number, picture?: string, timezone?: string): unknown {
  if (picture === undefined) return new Date(nowMilliseconds).toISOString();
  return jsonata('$fromMillis($ms, $picture, $timezone)').evaluate(undefined, {
    ms: nowMilliseconds,
    picture,
    timezone,
  });
}

function partition(list: unknown, size: unknown): unknown {
  if (list === undefined) return undefined;
  if (!Number.isInteger(size) || Number(size) < 1)
    throw new Error('$partition: the size must be a positive whole number');
  const all = Array.isArray(list) ? list : [list];
  const parts: unknown[] = [];
  for (let at = 0; at < all.length; at += Number(size)) parts.push(all.slice(at, at + Number(size)));
  return parts;
}

function range(first: unknown, last: unknown, step: unknown): unknown {
  if (![first, last, step].every(Number.isInteger) || step === 0) {
    throw new Error('$range: expected three whole numbers and a step other than 0');
  }
  const [from, to, by] = [Number(first), Number(last), Number(step)];
  const count = Math.max(0, Math.floor((to - from) / by) + 1);
  if (count > 1_000) throw new Error('$range: at most 1000 elements');
  return Array.from({ length: count }, (_, index) => from + index * by);
}

const HASH_NAMES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function hash(data: unknown, algorithm: unknown): unknown {
  if (data === undefined) return undefined;
  const name = HASH_NAMES[String(algorithm)];
  if (typeof data !== 'string' || !name) {
    throw new Error(`$hash: expected text and one of ${Object.keys(HASH_NAMES).join(', ')}`);
  }
  return createHash(name).update(data).digest('hex');
}

/** A number from 0 up to 1; with a seed always the same one (the sequence itself is not Amazon's). */
function random(seed: unknown): number {
  if (seed === undefined) return Math.random();
  return createHash('sha256').update(String(seed)).digest().readUInt32BE(0) / 2 ** 32;
}

function isFunctionValue(value: unknown): boolean {
  return (
    typeof value === 'function' ||
    (typeof value === 'object' && value !== null && ('_jsonata_lambda' in value || '_jsonata_function' in value))
  );
}

function messageOf(error: unknown): string {
  if (error !== null && typeof error === 'object' && 'message' in error) return String(error.message);
  return String(error);
}
