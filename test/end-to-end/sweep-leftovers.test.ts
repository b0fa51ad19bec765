import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuleId, TaskId, TransferId } from '../../functions/domain/ids.ts';
import { aClaim, aLockItem, aRecord, aRow, COLLECTION, DATASET, PATH, PRINCIPAL, TASK } from '../support/builders.ts';
import { dataverseControl, globusControl, logLines, shiftClock, statesOf } from '../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../support/stack-in-process.ts';
import { eventually, listLocks, listRules } from '../support/upload-client.ts';
import { untilExpired } from '../support/uploads.ts';

/** What crashes, or calls that landed long after their callers had given up, can leave in the tables and outside them. */
let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '60', SWEEP_SECONDS: '1' });
});
afterAll(() => stack?.remove());

const now = () => Math.floor(stack.clock.nowMilliseconds() / 1000);
let lastId = 0;
/** A transfer id that no grant of this test has. */
const anId = () => `29-18b49d36${String(++lastId).padStart(3, '0')}` as TransferId;

async function addRule(): Promise<RuleId> {
  const rule = { collectionId: COLLECTION, principal: PRINCIPAL, path: PATH, permissions: 'rw' };
  await globusControl(stack, '/rules', rule);
  return (await listRules(stack))[0]?.id as RuleId;
}

async function untilNoRule(): Promise<void> {
  await eventually('no access rule is left', async () => (await listRules(stack)).length === 0);
  await eventually('its row is gone', async () => (await stack.stores.accessRules.read(aRow())) === undefined);
}

/** Nothing else is told of that event; on a slow machine sweeps overlap, and each of them tells the same. */
async function expectTold(event: string, facts: object): Promise<void> {
  await eventually(`${event} is told`, async () => (await logLines(stack, event)).length > 0);
  for (const line of await logLines(stack, event)) expect(line).toMatchObject(facts);
}

/** A grant as its handler leaves it when it dies right before it would have started the workflow. */
async function grantWithoutWorkflow(state: 'REQUESTED' | 'GRANTED'): Promise<TransferId> {
  const transferId = anId();
  const times = {
    grantedAtEpochSeconds: now(),
    ruleBornAtEpochSeconds: now(),
    leaseEndsAtEpochSeconds: now() + 60,
    dueAtEpochSeconds: now() + 60,
  };
  await stack.stores.transfers.reserve(aRecord({ transferId, state, ...times }));
  return transferId;
}

describe('the sweep', { timeout: 120_000 }, () => {
  it('ends the lease of a grant whose worker died before it started the workflow', async () => {
    const transferId = await grantWithoutWorkflow('GRANTED');
    const ruleId = await addRule();
    await stack.stores.accessRules.create(
      aRow({ ruleId, holders: { [transferId]: 'rw' }, bornAtEpochSeconds: now(), stateSinceEpochSeconds: now() }),
    );
    await shiftClock(stack, 62);
    await untilNoRule();
    await untilExpired(stack, transferId);
  });

  it('ends a grant whose worker died with the create call on its way, and takes what lands', async () => {
    const transferId = await grantWithoutWorkflow('REQUESTED');
    await stack.stores.accessRules.create(
      aRow({
        state: 'CREATING',
        ruleId: null,
        provenPermission: null,
        holders: { [transferId]: 'rw' },
        attemptId: 'the attempt that died',
        createUnsettledUntilEpochSeconds: now() + 300,
        bornAtEpochSeconds: now(),
        stateSinceEpochSeconds: now(),
      }),
    );
    await shiftClock(stack, 62);
    await eventually('the lease ends', async () => (await statesOf(stack, transferId)).includes('EXPIRING'));
    await addRule();
    await untilExpired(stack, transferId);
    await untilNoRule();
  });

  it('takes out a holder whose transfer is over, and the rule with the last one', async () => {
    const transferId = anId();
    await stack.stores.transfers.reserve(aRecord({ transferId, state: 'CLOSED', dueAtEpochSeconds: now() }));
    const ruleId = await addRule();
    const times = { bornAtEpochSeconds: now(), stateSinceEpochSeconds: now() };
    await stack.stores.accessRules.create(aRow({ ruleId, holders: { [transferId]: 'rw' }, ...times }));
    await untilNoRule();
    await expectTold('access-rule-holder-taken-out', { transferId, state: 'CLOSED' });
  });

  it('finishes a deletion that its worker left half done', async () => {
    const ruleId = await addRule();
    const times = { bornAtEpochSeconds: now() - 60, stateSinceEpochSeconds: now() - 60 };
    await stack.stores.accessRules.create(aRow({ state: 'DELETING', ruleId, holders: {}, ...times }));
    await untilNoRule();
  });

  it('gives up a claim whose transfer is not bound, so that its task can be reported', async () => {
    const transferId = anId();
    await stack.stores.transfers.reserve(aRecord({ transferId, state: 'EXPIRED', dueAtEpochSeconds: now() }));
    const claim = aClaim({ transfers: { [transferId]: 'a hash' }, checkAtEpochSeconds: now() - 1 });
    await stack.stores.claims.create(claim);
    await eventually('the claim is gone', async () => (await stack.stores.claims.read(TASK)) === undefined);
    await expectTold('claim-without-transfer', { taskId: TASK, transferId });
  });

  it("removes a lock of ours whose transfer is not bound, and nobody else's", async () => {
    const transferId = anId();
    await stack.stores.transfers.reserve(aRecord({ transferId, state: 'EXPIRED', dueAtEpochSeconds: now() }));
    await dataverseControl(stack, '/locks', { datasetId: 29, lockType: 'GlobusUpload', user: 'dataverseAdmin' });
    await dataverseControl(stack, '/locks', { datasetId: 29, lockType: 'Ingest', user: 'reader' });
    await stack.stores.locks.create(
      aLockItem({
        owners: [transferId],
        taskId: TASK as TaskId,
        lockTypes: ['GlobusUpload'],
        openCalls: {},
        checkAtEpochSeconds: now() - 1,
      }),
    );
    await eventually('the item is gone', async () => (await stack.stores.locks.read(DATASET)) === undefined);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'Ingest', user: 'reader' }]);
    await expectTold('lock-without-transfer', { level: 'error', transferId });
  });
});
