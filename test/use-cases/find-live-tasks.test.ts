import { describe, expect, it } from 'vitest';
import type { DatasetId, TransferId } from '../../functions/domain/ids.ts';
import type { Admission } from '../../functions/domain/transfer.ts';
import { findLiveTasks, findLiveTasksOfRow } from '../../functions/use-cases/find-live-tasks.ts';
import { aClaim, aRecord, aRow, TASK } from '../support/builders.ts';
import { createWorld } from '../support/world.ts';

const ELSEWHERE = '30-18b49d3688d' as TransferId;
const ids = (tasks: readonly { readonly taskId: string }[]) => tasks.map((task) => task.taskId);

/** A live task of the principal, claimed by a transfer of another dataset. */
async function claimedElsewhere(admission: Admission | 'missing') {
  const world = createWorld();
  world.globus.submit(TASK);
  const datasetId = '30' as DatasetId;
  const path = '/hdc1/10.5072/FK2/OTHER/';
  if (admission !== 'missing') {
    await world.ports.transfers.reserve(aRecord({ transferId: ELSEWHERE, datasetId, path, admission }));
  }
  await world.ports.claims.create(aClaim({ datasetId, transfers: { [ELSEWHERE]: 'hash' } }));
  return world;
}

describe('a live task that another dataset has claimed', () => {
  it.each(['FULL', 'UNLOCKED'] as const)('needs nothing here once its report is verified (%s)', async (admission) => {
    const { ports } = await claimedElsewhere(admission);
    expect(await findLiveTasks(ports, aRecord())).toEqual([]);
    expect(await findLiveTasksOfRow(ports, aRow())).toEqual([]);
  });

  it.each(['UNVERIFIED', 'missing'] as const)(
    'may need the rule while nothing proves whose it is (%s)',
    async (admission) => {
      const { ports } = await claimedElsewhere(admission);
      const live = await findLiveTasks(ports, aRecord());
      expect(live).toMatchObject([{ task: { taskId: TASK }, isReported: false }]);
      expect(ids(await findLiveTasksOfRow(ports, aRow()))).toEqual([TASK]);
    },
  );
});
