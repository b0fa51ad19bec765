import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { DATASET } from './builders.ts';
import type { RunningStack } from './local-stack.ts';
import {
  call,
  eventually,
  type JsonReply,
  listFiles,
  listLocks,
  listRules,
  logIn,
  postJson,
  RESEARCHER,
} from './upload-client.ts';

/** Moves all clocks of the stack, so that no test waits for minutes. */
export async function shiftClock(stack: RunningStack, shiftSeconds: number): Promise<void> {
  expect((await postJson(`${stack.apiUrl}/_control/clock`, { shiftSeconds })).status).toBe(200);
}

/** Asks something of the Globus simulator's control API (its README lists what there is). */
export function globusControl(stack: RunningStack, path: string, body: unknown = {}): Promise<JsonReply> {
  return control(`${stack.globusUrl}/_control${path}`, body);
}

/** The same for the Dataverse stand-in. */
export function dataverseControl(stack: RunningStack, path: string, body: unknown = {}): Promise<JsonReply> {
  return control(`${stack.dataverseUrl}/_control${path}`, body);
}

async function control(url: string, body: unknown): Promise<JsonReply> {
  const reply = await postJson(url, body);
  expect(reply.status, `${url}: ${JSON.stringify(reply.body)}`).toBeLessThan(300);
  return reply;
}

/** Takes back every fault that a test has made. */
export async function clearFaults(stack: RunningStack): Promise<void> {
  for (const url of [stack.globusUrl, stack.dataverseUrl]) await call(`${url}/_control/faults`, { method: 'DELETE' });
}

/** How fast each task copies; null is without limit. */
export async function setSpeed(stack: RunningStack, bytesPerSecond: number | null): Promise<void> {
  await globusControl(stack, '/bytes-per-second', { value: bytesPerSecond });
}

/** A task as its owner sees it. */
// biome-ignore lint/suspicious/noExplicitAny: looked into by the tests
export async function readTask(stack: RunningStack, taskId: string, { id, secret } = RESEARCHER): Promise<any> {
  const headers = await logIn(stack, id, secret);
  return (await call(`${stack.globusUrl}/v0.10/task/${taskId}`, { headers })).body;
}

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly [fact: string]: unknown;
}

/** The whole lines of the stack's log, those of one event when it is named. */
export async function logLines(stack: RunningStack, event?: string): Promise<readonly LogLine[]> {
  const text = await readFile(join(stack.stateDirectory, 'log.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1).flatMap(parseLine);
  return lines.filter((line) => event === undefined || line.event === event);
}

/** A kill may cut a line off; the next process then goes on in the same one. */
export function parseLine(line: string): LogLine[] {
  try {
    return [JSON.parse(line) as LogLine];
  } catch {
    return [];
  }
}

/** The states a transfer has come to since it was asked for, in their order. */
export async function statesOf(stack: RunningStack, transferId: string): Promise<readonly string[]> {
  const changes = await logLines(stack, 'transfer-state');
  return changes.filter((line) => line['transferId'] === transferId).map((line) => String(line['to']));
}

/** The transfer whose grant gave an identifier out. */
export function transferOf(identifier: string, datasetId: string = DATASET): string {
  return `${datasetId}-${identifier.replace(/^.*[/:]/, '').slice(0, 11)}`;
}

/** Waits until the transfer of an identifier has come to a state. */
export async function untilState(
  stack: RunningStack,
  identifier: string,
  state: string,
  datasetId?: string,
): Promise<void> {
  const transferId = transferOf(identifier, datasetId);
  await eventually(`${transferId} is ${state}`, async () => (await statesOf(stack, transferId)).includes(state));
}

/**
 * Waits until neither an access rule on the collection nor a lock on the dataset is left, and no upload is about to close: between two steps
 * Dataverse shows no lock, while ours still keeps the next upload away.
 */
export async function untilSettled(stack: RunningStack, withinMilliseconds?: number): Promise<void> {
  const isUnlocked = async () => (await listLocks(stack)).length === 0;
  await eventually('the dataset is unlocked', isUnlocked, withinMilliseconds);
  await eventually('no access rule is left', async () => (await listRules(stack)).length === 0, withinMilliseconds);
  await eventually('no upload is about to close', async () => !(await isAboutToClose(stack)), withinMilliseconds);
}

/** Has some upload that settles not been to its closing step yet? It may stay there until the second look. */
async function isAboutToClose(stack: RunningStack): Promise<boolean> {
  const settling = new Set<unknown>();
  for (const { event, ...facts } of await logLines(stack)) {
    const { transferId, to, step } = facts;
    if (event === 'transfer-state' && to === 'SETTLING') settling.add(transferId);
    else if (event === 'transfer-state' || (event === 'step' && step === 'close-transfer')) settling.delete(transferId);
  }
  return settling.size > 0;
}

/** Each file of these names is in the dataset, once. */
export async function expectRegisteredOnce(stack: RunningStack, ...names: readonly string[]): Promise<void> {
  const labels = (await listFiles(stack)).map((file) => file.label);
  expect(labels.filter((label) => names.includes(label)).sort()).toEqual([...names].sort());
}
