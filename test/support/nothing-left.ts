import { expect } from 'vitest';
import { isFinal, type TransferState } from '../../functions/domain/transfer.ts';
import type { RunningStack } from './local-stack.ts';
import { logLines } from './stack-control.ts';
import { type StoredRecords, scanRecords } from './stored-records.ts';
import { listLocks, listRules } from './upload-client.ts';

/** Those of the local run's fixture. */
export const DATASETS: readonly number[] = [29, 30, 31, 32];

/** Where to look, and whose locks count. */
export interface Outside {
  readonly datasetIds?: readonly number[];
  /** Only locks of this account; all of them when left out. */
  readonly locksOf?: string;
}

/**
 * What there should be no more of in the world outside, in a few words each: access rules, asked of Globus, and locks, asked of Dataverse.
 */
export async function leftOutside(
  stack: RunningStack,
  { datasetIds = DATASETS, locksOf }: Outside = {},
): Promise<readonly string[]> {
  const rules = await listRules(stack);
  const locks = await Promise.all(
    datasetIds.map(async (datasetId) => (await listLocks(stack, datasetId)).map((lock) => ({ ...lock, datasetId }))),
  );
  return [
    ...rules.map(({ permissions, path, principal }) => `access rule ${permissions} on ${path} for ${principal}`),
    ...locks
      .flat()
      .filter(({ user }) => locksOf === undefined || user === locksOf)
      .map(({ lockType, user, datasetId }) => `lock ${lockType} of ${user} on dataset ${datasetId}`),
  ];
}

/** The same of the tables: transfers that are not over, rows of rules, lock items. */
export function leftInTables({ transfers, rows, locks }: StoredRecords): readonly string[] {
  return [
    ...transfers
      .filter(({ state }) => !isFinal(state))
      .map(({ transferId, state }) => `transfer ${transferId} is ${state}`),
    ...rows.map(({ state, path, principal }) => `rule row ${state} of ${path} for ${principal}`),
    ...locks.map(({ datasetId, lockTypes }) => `lock item ${lockTypes.join(' and ')} of dataset ${datasetId}`),
  ];
}

/**
 * Nothing is left of whatever was granted, locked or begun: no access rule, no lock, no open transfer; and where the stack's tables can be
 * reached, no row of a rule and no lock item either.
 */
export async function expectNothingLeft(
  stack: RunningStack & { readonly dynamoDbUrl?: string },
  datasetIds: readonly number[] = DATASETS,
): Promise<void> {
  expect(await leftOutside(stack, { datasetIds })).toEqual([]);
  expect(await openTransfers(stack)).toEqual([]);
  if (stack.dynamoDbUrl !== undefined) expect(leftInTables(await scanRecords(stack.dynamoDbUrl))).toEqual([]);
}

/** Transfers that are not over, as the log tells. */
export async function openTransfers(stack: RunningStack): Promise<readonly unknown[]> {
  const states = new Map<unknown, unknown>();
  for (const line of await logLines(stack, 'transfer-state')) states.set(line['transferId'], line['to']);
  return [...states].filter(([, state]) => !isFinal(state as TransferState)).map(([transferId]) => transferId);
}
