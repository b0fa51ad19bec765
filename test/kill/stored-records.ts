import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransferRecord } from '../../functions/domain/transfer.ts';
import { tables } from '../../functions/manifest.ts';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { type StoredRecords, scanRecords } from '../support/stored-records.ts';

/** Reads the records of a stack that is dead, from a copy, so that the next start finds everything as the kill left it. */
export async function readStoredRecords(stateDirectory: string): Promise<StoredRecords> {
  const copy = await mkdtemp(join(tmpdir(), 'records-'));
  try {
    await cp(join(stateDirectory, 'dynamodb'), copy, { recursive: true });
    const dynamoDb = await startDynamoDb(copy, Object.values(tables));
    try {
      return await scanRecords(dynamoDb.url);
    } finally {
      await dynamoDb.close();
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Where the records stand, in a few words for people. */
export function describeRecords({ transfers, rows, locks }: StoredRecords): string {
  const parts = [
    ...transfers.map(describeTransfer),
    ...rows.map(
      ({ state, createUnsettledUntilEpochSeconds: until }) =>
        `rule row ${state}${until === null ? '' : ', create call open'}`,
    ),
    ...locks.map(
      ({ lockTypes, openCalls }) =>
        `lock item ${lockTypes.join(' and ')}${Object.keys(openCalls).length === 0 ? '' : ', call open'}`,
    ),
  ];
  return parts.length === 0 ? 'no record' : parts.join('; ');
}

function describeTransfer(record: TransferRecord): string {
  const { state, takenBy, report, ruleReleased } = record;
  return [
    state,
    ...(takenBy === null ? [] : [`taken by ${workerOf(takenBy)}`]),
    ...(report === null ? [] : ['report noted']),
    ...(state === 'SETTLING' ? [ruleReleased ? 'rule released' : 'rule held'] : []),
    ...(isBatchOpen(record) ? ['batch without an answer'] : []),
  ].join(', ');
}

/** A batch was sent, and nobody has noted an answer. */
export function isBatchOpen({ registration }: TransferRecord): boolean {
  return registration !== null && registration.unsettledUntilEpochSeconds !== null;
}

function workerOf(takenBy: string): string {
  return takenBy.replace(/#.*$/, '');
}
