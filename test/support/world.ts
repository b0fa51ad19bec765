import type { TransferId } from '../../functions/domain/ids.ts';
import { nextStep, type StepResult } from '../../functions/domain/next-step.ts';
import type { Store } from '../../functions/domain/store.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { closeTransfer } from '../../functions/use-cases/close-transfer.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { grantUpload } from '../../functions/use-cases/grant-upload.ts';
import { lookAtTask } from '../../functions/use-cases/look-at-task.ts';
import { registerFiles } from '../../functions/use-cases/register-files.ts';
import { releaseAfterTask } from '../../functions/use-cases/release-after-task.ts';
import { COLLECTION, CURATOR, DATASET, PRINCIPAL, START_MILLISECONDS } from './builders.ts';
import { createCountingRandomSource } from './fakes/counting-random-source.ts';
import { createFakeDataverse } from './fakes/fake-dataverse.ts';
import { createFakeGlobus } from './fakes/fake-globus.ts';
import { createFakeWorkflow } from './fakes/fake-workflow.ts';
import { createMemoryLog } from './fakes/memory-log.ts';
import {
  createMemoryAccessRules,
  createMemoryClaims,
  createMemoryDownloadLists,
  createMemoryFiles,
  createMemoryLocks,
  createMemoryOpenIndex,
  createMemoryTransfers,
} from './fakes/memory-stores.ts';
import { createManualClock } from './manual-clock.ts';

export const STORE: Store = {
  storeId: 'globusm',
  collectionId: COLLECTION,
  basePath: '/hdc1',
  bucket: null,
  globusSecret: 'globus-client',
  exclusive: true,
};
export const SETTINGS = { leaseSeconds: 300, registerCancelled: false, noTokenPolicy: 'attention' as const };

/** All ports in memory, with time that moves only when told. */
export type World = ReturnType<typeof createWorld>;

export function createWorld() {
  const clock = createManualClock(START_MILLISECONDS);
  const globus = createFakeGlobus(clock.nowEpochSeconds);
  const dataverse = createFakeDataverse();
  const workflow = createFakeWorkflow({ takesAnyToken: true });
  const log = createMemoryLog();
  const transfers = createMemoryTransfers();
  const locks = createMemoryLocks();
  const claims = createMemoryClaims();
  const ports = {
    clock,
    random: createCountingRandomSource(),
    log,
    globus,
    dataverse,
    transfers,
    accessRules: createMemoryAccessRules(),
    locks,
    claims,
    files: createMemoryFiles(),
    downloadLists: createMemoryDownloadLists(),
    open: createMemoryOpenIndex({ transfers, locks, claims }),
    workflow,
  };
  const { started, woken, results, statuses } = workflow;
  return { ports, clock, globus, dataverse, started, woken, results, statuses, logged: log.lines };
}

/** Asks for paths as a client does. */
export function grant(ports: Ports, changes: Partial<Parameters<typeof grantUpload>[2]> = {}) {
  return grantUpload(ports, SETTINGS, {
    dataset: { datasetId: DATASET, protocol: 'doi', authority: '10.5072', identifier: 'FK2/ILLPXE' },
    store: STORE,
    userName: CURATOR,
    principal: PRINCIPAL,
    numberOfFiles: 2,
    idempotencyKey: undefined,
    ...changes,
  });
}

/** Runs the step that is due. */
export async function runStep(ports: Ports, transferId: TransferId, next: StepResult['next']): Promise<StepResult> {
  switch (next) {
    case 'LEASE':
    case 'REPORT':
      return endLease(ports, transferId);
    case 'FOLLOW':
      return lookAtTask(ports, transferId);
    case 'RELEASE':
      return releaseAfterTask(ports, transferId);
    case 'REGISTER':
      return registerFiles(ports, SETTINGS, transferId);
    case 'CLOSE':
      return closeTransfer(ports, transferId);
    case 'DONE':
      return { next: 'DONE', waitSeconds: 0 };
  }
}

/** Steps enough for any transfer of these tests; more means that it never ends. */
const MAX_STEPS = 200;

/**
 * Does what an execution, or the sweep, does: runs whatever step the record calls for, with its waits, until the transfer is final.
 * A step that fails is run again a minute later.
 */
export async function followToEnd(world: Pick<World, 'ports' | 'clock'>, transferId: TransferId): Promise<void> {
  const { ports, clock } = world;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const record = await ports.transfers.read(transferId);
    if (!record) throw new Error(`there is no transfer ${transferId}`);
    const due = nextStep(record, clock.nowEpochSeconds());
    if (due.next === 'DONE') return;
    if (due.next === 'REPORT') clock.advance(due.waitSeconds * 1000);
    try {
      const result = await runStep(ports, transferId, due.next);
      clock.advance(result.waitSeconds * 1000);
    } catch {
      clock.advance(60_000);
    }
  }
  throw new Error(`transfer ${transferId} does not end: ${JSON.stringify(await ports.transfers.read(transferId))}`);
}

/** Runs the steps of a transfer until a certain one is next. */
export async function runUntil(
  { ports, clock }: Pick<World, 'ports' | 'clock'>,
  transferId: TransferId,
  next: StepResult['next'],
): Promise<void> {
  for (let steps = 0; steps < 20; steps++) {
    const record = await ports.transfers.read(transferId);
    if (!record) throw new Error('there is no such transfer');
    const due = nextStep(record, clock.nowEpochSeconds());
    if (due.next === next) return;
    await runStep(ports, transferId, due.next);
  }
}
