/** A step decides on the record it has just read: what happens to the record, or to the row of its rule, between that read and the write. */
import { describe, expect, it } from 'vitest';
import type { AccessRuleKey } from '../../functions/domain/access-rule.ts';
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '../../functions/domain/errors.ts';
import { Secret } from '../../functions/domain/secret.ts';
import { authoriseEditor } from '../../functions/use-cases/authorise-editor.ts';
import { awaitReport } from '../../functions/use-cases/await-report.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { releaseAfterTask } from '../../functions/use-cases/release-after-task.ts';
import { startingFrom } from '../../functions/use-cases/starting-from.ts';
import { startSuccessor } from '../../functions/use-cases/succeed-execution.ts';
import { withTransfer } from '../../functions/use-cases/take-transfer.ts';
import { SWEEPER } from '../../functions/use-cases/workers.ts';
import { DATASET, OTHER_TASK, TASK } from '../support/builders.ts';
import { CURATOR_TOKEN } from '../support/fakes/dataverse-accounts.ts';
import { recordOf } from '../support/late-reports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, grant, runStep } from '../support/world.ts';

/** A grant, and the ports of a step that has read its record at this moment and done nothing else yet. */
async function grantAndStep() {
  const world = createWorld();
  const paths = await grant(world.ports);
  const transferId = onlyTransfer(world);
  const stepNow = () => startingFrom(world.ports, recordOf(world, transferId));
  return { world, paths, transferId, stepNow };
}

/** A transfer whose rule is the next thing to release. */
async function untilRelease() {
  const { world, paths, transferId } = await grantAndStep();
  world.globus.submit(TASK);
  await report(world.ports, paths);
  world.globus.finish(TASK, destinations(paths));
  await runStep(world.ports, transferId, 'FOLLOW');
  return { world, transferId };
}

describe('a step that has read its record', () => {
  it('ends no lease when a report was accepted since', async () => {
    const { world, paths, transferId, stepNow } = await grantAndStep();
    world.clock.advance(301_000);
    const step = stepNow();
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    expect(await endLease(step, transferId)).toMatchObject({ next: 'FOLLOW' });
    expect(recordOf(world, transferId).state).toBe('BOUND');
    expect(world.globus.rules).toHaveLength(1);
  });

  it('wakes itself when the report that it waits for was accepted since', async () => {
    const { world, paths, transferId, stepNow } = await grantAndStep();
    const step = stepNow();
    world.globus.submit(TASK);
    await report(world.ports, paths);
    expect(world.woken).toEqual([]);
    await awaitReport(step, transferId, { taskToken: 'late', waitSeconds: 300, executionNumber: 1 });
    expect([world.woken, world.results]).toMatchObject([['late'], [{ next: 'FOLLOW' }]]);
  });

  it('is woken by a report that had read the record before the token was saved', async () => {
    const { world, paths, transferId, stepNow } = await grantAndStep();
    world.globus.submit(TASK);
    const { locks } = world.dataverse;
    world.dataverse.locks = async (datasetId) => {
      world.dataverse.locks = locks;
      await awaitReport(stepNow(), transferId, { taskToken: 'early', waitSeconds: 300, executionNumber: 1 });
      return locks(datasetId);
    };
    await report(world.ports, paths);
    expect(world.woken).toEqual(['early']);
  });

  it('saves no token when its execution was succeeded since', async () => {
    const { world, transferId, stepNow } = await grantAndStep();
    const step = stepNow();
    await withTransfer(world.ports, transferId, SWEEPER, (taken) => startSuccessor(world.ports, taken, {}));
    await awaitReport(step, transferId, { taskToken: 'of-1', waitSeconds: 300, executionNumber: 1 });
    expect(recordOf(world, transferId)).toMatchObject({ executionNumber: 2, taskToken: null });
    expect(world.results).toEqual([{ next: 'DONE', waitSeconds: 0 }]);
  });
});

describe('the last holder of a rule', () => {
  it('looks again when the row was born anew during its look, with the same holders and version', async () => {
    const { world, transferId } = await untilRelease();
    const { listLiveTasks } = world.globus;
    let looks = 0;
    world.globus.listLiveTasks = async (...asked) => {
      looks += 1;
      const seen = await listLiveTasks(...asked);
      const [row] = world.ports.accessRules.rows();
      if (looks > 1 || !row) return seen;
      await world.ports.accessRules.remove(row);
      await world.ports.accessRules.create({ ...row, birthId: 'born-anew' });
      world.globus.submit(OTHER_TASK);
      return seen;
    };
    await releaseAfterTask(world.ports, transferId);
    expect(looks).toBe(2);
    expect(world.globus.rules).toHaveLength(1);
    expect(recordOf(world, recordOf(world, transferId).observedAs).state).toBe('OBSERVED');
  });

  it('asks the table for the row once where nobody else is at work', async () => {
    const { world, transferId } = await untilRelease();
    const { read } = world.ports.accessRules;
    let reads = 0;
    world.ports.accessRules.read = async (key: AccessRuleKey) => {
      reads += 1;
      return read(key);
    };
    await releaseAfterTask(world.ports, transferId);
    expect(reads).toBe(1);
    expect(world.globus.rules).toEqual([]);
  });
});

describe('three questions to Dataverse at once', () => {
  const refusals = {
    whoIs: new UnauthenticatedError('Bad API key'),
    datasetPermissions: new NotFoundError('Dataset not found.'),
    describeDataset: new ForbiddenError('Not permitted.'),
  };

  it.each([
    { case: 'who calls', refused: ['whoIs', 'datasetPermissions', 'describeDataset'], told: refusals.whoIs },
    { case: 'what they may', refused: ['datasetPermissions', 'describeDataset'], told: refusals.datasetPermissions },
    { case: 'which dataset it is', refused: ['describeDataset'], told: refusals.describeDataset },
  ] as const)('tell why the first of them is refused: $case', async ({ refused, told }) => {
    const { ports, dataverse } = createWorld();
    for (const name of refused) {
      dataverse[name] = async () => {
        throw refusals[name];
      };
    }
    const caller = { kind: 'key', token: new Secret(CURATOR_TOKEN) } as const;
    const asked = authoriseEditor(ports, { kind: 'database-id', datasetId: DATASET }, caller);
    await expect(asked).rejects.toBe(told);
  });
});
