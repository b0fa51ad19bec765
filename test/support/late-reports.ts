import { expect } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { isFinal, type TransferRecord } from '../../functions/domain/transfer.ts';
import { onlyTransfer } from './reporting.ts';
import { createWorld, followToEnd, grant, type World } from './world.ts';

/** A grant whose lease is over: EXPIRED, its rule gone. */
export async function expiredGrant(world: World = createWorld()) {
  const paths = await grant(world.ports);
  const transferId = onlyTransfer(world);
  await followToEnd(world, transferId);
  return { world, paths, transferId };
}

export function recordOf(world: World, transferId: TransferId | null | undefined): TransferRecord {
  const record = world.ports.transfers.records().find((each) => each.transferId === transferId);
  if (!record) throw new Error(`there is no transfer ${transferId}`);
  return record;
}

/** The one record that a late report opened for a grant. */
export function successorOf(world: World, transferId: TransferId): TransferRecord {
  return recordOf(world, recordOf(world, transferId).continuedBy);
}

/** Follows whatever is open, also what comes into being meanwhile. */
export async function followAll(world: World): Promise<void> {
  for (const { transferId } of world.ports.transfers.records()) await followToEnd(world, transferId);
  if (world.ports.transfers.records().some((record) => !isFinal(record.state))) await followAll(world);
}

export function registered(world: World): string[] {
  return world.dataverse.files.map((file) => file.storageIdentifier).sort();
}

/** What must be so when everything is over. */
export function expectNothingLeft(world: World, when = ''): void {
  expect(world.globus.rules, when).toEqual([]);
  expect(world.ports.accessRules.rows(), when).toEqual([]);
  expect(world.dataverse.lockList, when).toEqual([]);
  expect(world.ports.locks.items(), when).toEqual([]);
  expect(
    world.ports.transfers.records().filter((record) => !isFinal(record.state)),
    when,
  ).toEqual([]);
}
