/** A task that slips in as its rule is taken gets it back, since somebody always looks once more: also where two workers each left that to the other. */
import { describe, expect, it } from 'vitest';
import { withoutHolder } from '../../functions/domain/access-rule.ts';
import type { TransferId } from '../../functions/domain/ids.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { releaseAfterTask } from '../../functions/use-cases/release-after-task.ts';
import { aRow, OTHER_TASK, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, runUntil, type World } from '../support/world.ts';

/** The same ports, with a task that is submitted in the moment in which a rule goes: no look before that has seen it. */
function slippingIn({ ports, globus }: World, taskId: typeof TASK): Ports {
  const deleteAccessRule: Ports['globus']['deleteAccessRule'] = (rule) => {
    globus.submit(taskId);
    return globus.deleteAccessRule(rule);
  };
  return { ...ports, globus: { ...globus, deleteAccessRule } };
}

/** What the workflows of all transfers do, the live task standing. */
async function followAll(world: World): Promise<void> {
  for (const { transferId } of world.ports.transfers.records()) {
    await followToEnd(world, transferId).catch((error: unknown) => {
      // A live task keeps its transfer open.
      if (!String(error).includes('OBSERVED')) throw error;
    });
  }
}

function expectRuleIsBack(world: World): void {
  expect(world.globus.rules).toMatchObject([{ path: aRow().path, permission: 'rw' }]);
}

describe('a rule that was taken from a task which no list showed yet', () => {
  it('is given back though a grant took the row over in between, and was refused', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const settling = onlyTransfer(world);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    await runUntil(world, settling, 'RELEASE');

    const { globus, accessRules } = world.ports;
    const asked = Promise.withResolvers<void>();
    const refused = Promise.withResolvers<void>();
    let granting: Promise<unknown> | undefined;
    const full: Ports['globus']['createAccessRule'] = async () => {
      asked.resolve();
      await refused.promise;
      return { kind: 'limit-exceeded' };
    };
    const interleaved: Ports = {
      ...slippingIn(world, OTHER_TASK),
      accessRules: {
        ...accessRules,
        async remove(row) {
          granting = grant({ ...world.ports, globus: { ...globus, createAccessRule: full } });
          granting.catch(() => undefined);
          await asked.promise;
          return accessRules.remove(row);
        },
      },
    };
    await releaseAfterTask(interleaved, settling);
    refused.resolve();
    await expect(granting).rejects.toThrow(/holds as many access rules as it can/);
    await followAll(world);
    expectRuleIsBack(world);
  });

  it('is given back though a repeated request finished what its first run had begun', async () => {
    const world = createWorld();
    const changes = { idempotencyKey: 'once' };
    await expect(grant(crashingAt(world.ports, 'workflow.start', false).ports, changes)).rejects.toThrow();
    const [first] = world.ports.transfers.records();
    const [row] = world.ports.accessRules.rows();
    if (!first || !row) throw new Error('expected a grant');
    // As a first run leaves it that gave up, let go of the rule, and died.
    await world.ports.transfers.write({ ...first, state: 'REQUESTED', version: first.version + 1 });
    world.clock.advance(60_000);
    const deleting = withoutHolder(row, first.transferId, world.clock.nowEpochSeconds());
    await world.ports.accessRules.write(deleting);

    await expect(grant(slippingIn(world, TASK), changes)).rejects.toMatchObject({ kind: 'unavailable' });
    await followAll(world);
    expectRuleIsBack(world);
  });

  it('is given back though the lease had looked twice before it held the rule once more', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.clock.advance(301_000);
    await endLease(world.ports, transferId);
    world.clock.advance(12_000);
    world.globus.submit(TASK);
    // It gives the rule back, and dies before it says so.
    const dying = crashingAt(world.ports, 'accessRules.create', true);
    await expect(endLease(dying.ports, transferId)).rejects.toThrow();
    world.clock.advance(120_000);
    await expect(grant(world.ports)).resolves.toHaveLength(2);
    const [, second] = world.ports.transfers.records();
    world.globus.finish(TASK, []);
    await followToEnd(world, second?.transferId as TransferId);

    await endLease(slippingIn(world, OTHER_TASK), transferId);
    await followAll(world);
    expectRuleIsBack(world);
  });
});
