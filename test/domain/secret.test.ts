import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createJsonLog } from '../../functions/adapters/system/json-log.ts';
import { UnavailableError } from '../../functions/domain/errors.ts';
import { Secret } from '../../functions/domain/secret.ts';
import { createManualClock } from '../support/manual-clock.ts';

const CANARY = 'canary-5f0c';

function loggedError(error: unknown): string {
  const lines: string[] = [];
  createJsonLog((line) => lines.push(line), createManualClock(0)).error('step-failed', { error });
  return lines.join('');
}

describe('a secret', () => {
  it('gives its text to the one call that needs it', () => {
    expect(new Secret(CANARY).reveal()).toBe(CANARY);
  });

  const secret = new Secret(CANARY);
  it.each([
    { case: 'String()', print: () => String(secret) },
    { case: 'a template', print: () => `${secret}` },
    { case: 'a concatenation', print: () => `Bearer ${[secret, secret].join(' ')}` },
    { case: 'JSON', print: () => JSON.stringify({ key: secret, list: [secret] }) },
    { case: 'inspect', print: () => inspect(secret) },
    { case: 'inspect of what holds it', print: () => inspect({ deep: [{ secret }] }, { depth: 9, showHidden: true }) },
    { case: 'format with %s', print: () => format('%s', secret) },
    { case: 'format with %j', print: () => format('%j', secret) },
    { case: 'format with %o', print: () => format('%o', secret) },
    { case: 'the message of an error', print: () => String(new Error(`refused: ${secret}`).stack) },
    {
      case: 'a logged error that has it in its details',
      print: () => loggedError(new UnavailableError('down', { details: { secret } })),
    },
    {
      case: 'a logged error that has it deep in its details',
      print: () => loggedError(new UnavailableError('down', { details: { call: { headers: [secret] } } })),
    },
    {
      case: 'a logged error that was caused by it',
      print: () => loggedError(new UnavailableError('down', { cause: secret })),
    },
  ])('shows a placeholder in $case', ({ print }) => {
    expect(print()).toContain('[secret]');
    expect(print()).not.toContain(CANARY);
  });

  it.each([
    {
      case: 'inspect without its own printing',
      print: () => inspect(secret, { customInspect: false, showHidden: true }),
    },
    { case: 'its members', print: () => JSON.stringify([Object.entries(secret), { ...secret }]) },
    { case: 'a structured clone', print: () => inspect(structuredClone({ ...secret })) },
  ])('is absent from $case', ({ print }) => {
    expect(print()).not.toContain(CANARY);
  });
});
