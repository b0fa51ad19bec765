import { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log, LogFacts } from '../../ports/log.ts';
import { MASK, maskSecrets } from './mask-secrets.ts';

type Level = 'info' | 'warn' | 'error';

/** Longer strings are cut: a log line must stay readable and under CloudWatch's 256 KB. */
const LONGEST_STRING = 4_000;
const DEEPEST_FACT = 6;
const MOST_ITEMS = 100;
const SECRET_NAMES =
  /^(authorization|x-dataverse-key|cookie|token|task_?token|access_?token|client_?secret|password)$/i;

/**
 * A log that writes one JSON object a line: `time` (ISO), `level`, `event`, then the facts.
 * @param write - receives each line, line end included
 * @param base - facts of every line, such as the request id
 */
export function createJsonLog(write: (line: string) => void, clock: Clock, base: LogFacts = {}): Log {
  const log = (level: Level, event: string, facts: LogFacts = {}) => {
    const line: Record<string, unknown> = {
      time: new Date(clock.nowMilliseconds()).toISOString(),
      level,
      event: maskSecrets(event),
    };
    for (const [name, value] of Object.entries({ ...base, ...facts })) {
      // A fact never replaces the three members that every line has.
      if (name in line) continue;
      line[name] = SECRET_NAMES.test(name) ? MASK : printable(value, DEEPEST_FACT);
    }
    write(`${JSON.stringify(line).replace(UNSEEN, escaped)}\n`);
  };
  return {
    info: (event, facts) => log('info', event, facts),
    warn: (event, facts) => log('warn', event, facts),
    error: (event, facts) => log('error', event, facts),
    with: (facts) => createJsonLog(write, clock, { ...base, ...facts }),
  };
}

/** What JSON leaves as it is although it ends a line, or turns it round, for who reads it (T-27). */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}

function printable(value: unknown, depthLeft: number): unknown {
  if (typeof value === 'string') return cut(maskSecrets(value));
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return value.toString();
  if (value instanceof Error) return printableError(value, depthLeft);
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no date]' : value.toISOString();
  if (depthLeft === 0) return '[deeper]';
  if (value instanceof Map) return printable(Object.fromEntries(value), depthLeft);
  if (value instanceof Set) return printable([...value], depthLeft);
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map((each) => printable(each, depthLeft - 1));
  const shown: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value).slice(0, MOST_ITEMS)) {
    shown[name] = SECRET_NAMES.test(name) ? MASK : printable(member, depthLeft - 1);
  }
  return shown;
}

/** Name, message and what caused it; no stack, which holds paths of the machine and no facts. */
function printableError(error: Error, depthLeft: number): unknown {
  const causes: { name: string; message: string }[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < 5; ) {
    if (cause instanceof Error) {
      causes.push({ name: cause.name, message: cut(maskSecrets(cause.message)) });
      cause = cause.cause;
    } else {
      causes.push({ name: typeof cause, message: cut(maskSecrets(String(cause))) });
      cause = undefined;
    }
  }
  const details = 'details' in error && depthLeft > 0 ? printable(error.details, depthLeft - 1) : undefined;
  return {
    name: error.name,
    message: cut(maskSecrets(error.message)),
    ...(details && Object.keys(details).length > 0 ? { details } : {}),
    ...(causes.length > 0 ? { causes } : {}),
  };
}

function cut(text: string): string {
  return text.length > LONGEST_STRING ? `${text.slice(0, LONGEST_STRING)}… (${text.length} characters)` : text;
}
