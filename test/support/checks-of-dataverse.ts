import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { RunningStack } from './local-stack.ts';
import { CURATOR_KEY, call, type JsonReply, READER_KEY } from './upload-client.ts';

/** What an answer says: status and message, the message whole or by its first words. */
export type Said = readonly [status: number, message: string | RegExp];

/** A request to one of the six calls; by the curator, for the draft in the managed store, unless told. */
export interface Asked {
  readonly as?: Record<string, string>;
  /** The dataset as the path names it. */
  readonly dataset?: number | string;
  /** With its question mark. */
  readonly query?: string;
  /** Of a POST: text as it is, anything else as JSON. */
  readonly json?: unknown;
  /** Of a POST: the parts of a form. */
  readonly form?: Readonly<Record<string, string>>;
}

/** A numbered check of dataverse-api.md section 2, and a request that it refuses. */
export interface Check extends Asked {
  readonly check: string;
  readonly case: string;
  readonly dataverse: Said;
  /** What we say, where that is something else. */
  readonly here?: Said;
  /** Words of docs/compatibility.md about the difference. */
  readonly documented?: string;
}

export const NOBODY = {};
export const CURATOR = { 'X-Dataverse-key': CURATOR_KEY };
export const READER = { 'X-Dataverse-key': READER_KEY };
export const STRANGER = { 'X-Dataverse-key': '00000000-0000-4000-8000-000000000000' };

/** What the Dataverse stand-in says when a request has passed all checks, and the transfer itself would begin. */
export const WOULD_ACT: Said = [500, /^All checks are passed/];
/** An exception that nobody caught. */
export const THREW: Said = [500, /^Internal server error/];

/** Sends a request to an API at this address. */
export function ask(baseUrl: string, operation: string, { as = CURATOR, dataset = 29, ...asked }: Asked) {
  const url = `${baseUrl}/api/datasets/${dataset}/${operation}${asked.query ?? ''}`;
  if (asked.form) {
    const body = new FormData();
    for (const [name, value] of Object.entries(asked.form)) body.set(name, value);
    return call(url, { method: 'POST', headers: as, body });
  }
  if (!('json' in asked)) return call(url, { headers: as });
  const body = typeof asked.json === 'string' ? asked.json : JSON.stringify(asked.json);
  return call(url, { method: 'POST', headers: { ...as, 'content-type': 'application/json' }, body });
}

/** Holds both answers to the same request against a check: Dataverse's own, and ours through the front door. */
export async function expectAnswers(
  stack: RunningStack,
  operation: string,
  { check, case: _case, dataverse, here = dataverse, documented, ...asked }: Check,
): Promise<void> {
  const theirs = await ask(stack.dataverseUrl, operation, asked);
  expect(saidBy(theirs), `${check}: Dataverse`).toEqual(asSaid(dataverse));
  const ours = await ask(stack.apiUrl, operation, asked);
  expect(saidBy(ours), `${check}: here`).toEqual(asSaid(here));
  if (documented !== undefined) {
    expect(COMPATIBILITY.includes(documented), `docs/compatibility.md says “${documented}”`).toBe(true);
  }
}

const COMPATIBILITY = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');

function saidBy({ status, body }: JsonReply): readonly unknown[] {
  return [status, body?.status, body?.message];
}

function asSaid([status, message]: Said): readonly unknown[] {
  return [status, 'ERROR', typeof message === 'string' ? message : expect.stringMatching(message)];
}
