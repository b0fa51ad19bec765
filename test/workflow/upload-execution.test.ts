import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../functions/domain/errors.ts';
import { executionInput } from '../../functions/workflow/payload.ts';
import { openVirtualUpload, type VirtualUpload } from '../support/virtual-upload.ts';
import type { World } from '../support/world.ts';
import type { Rig } from '../workflow-engine/rig.ts';

let upload: VirtualUpload;
let world: World;
let rig: Rig;

beforeEach(async () => {
  upload = await openVirtualUpload();
  ({ world, rig } = upload);
});

afterEach(() => upload.close());

function calledFunctions(): string[] {
  return rig.calls.map((call) => call.name);
}

describe('an execution of the transfer workflow', () => {
  it('follows an upload of a minute to its end in at most 60 transitions', async () => {
    const outcome = await upload.uploadOf(60);
    expect(outcome.status).toBe('SUCCEEDED');
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED', outcome: { status: 'SUCCEEDED' } }]);
    expect(world.dataverse.files).toHaveLength(2);
    expect(outcome.transitionCount).toBeLessThanOrEqual(60);
  });

  it.each([
    { case: 'an hour', seconds: 3_600, most: 70 },
    { case: 'a day', seconds: 86_400, most: 70 },
    { case: '90 days', seconds: 90 * 86_400, most: 180 },
  ])('follows an upload of $case in at most $most transitions, and settles it within 75 s', async (row) => {
    const outcome = await upload.uploadOf(row.seconds);
    expect(outcome.status).toBe('SUCCEEDED');
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED', registration: { registered: 2 } }]);
    expect(outcome.transitionCount).toBeLessThanOrEqual(row.most);
    expect(outcome.events.length).toBeLessThan(1_500);
    const begun = rig.calls.find((call) => call.name === 'register-files');
    expect((begun?.atMilliseconds ?? 0) / 1_000 - upload.taskEndsAfterSeconds).toBeLessThanOrEqual(75);
  });

  it.each([
    { seconds: 1, within: 5 },
    { seconds: 14, within: 5 },
    { seconds: 20, within: 20 },
    { seconds: 45, within: 20 },
    { seconds: 59, within: 20 },
    { seconds: 64, within: 20 },
  ])('begins to register an upload of $seconds s within $within s of its end', async ({ seconds, within }) => {
    await upload.uploadOf(seconds);
    const begun = rig.calls.find((call) => call.name === 'register-files');
    const waited = (begun?.atMilliseconds ?? Number.POSITIVE_INFINITY) / 1_000 - upload.taskEndsAfterSeconds;
    expect(waited).toBeGreaterThanOrEqual(0);
    expect(waited).toBeLessThanOrEqual(within);
  });

  it('is delayed by a dead task monitor and loses nothing: the wait ends with a look of its own', async () => {
    const outcome = await upload.uploadOf(7_200, 'dead');
    expect(outcome.status).toBe('SUCCEEDED');
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED', registration: { registered: 2 } }]);
    const begun = rig.calls.find((call) => call.name === 'register-files');
    // The rounds are 1 and 3 hours long.
    expect(begun?.atMilliseconds).toBeLessThanOrEqual(4.1 * 3_600_000);
  });

  it('looks soon: an upload of three seconds is registered and unlocked within ten after its report, and closed ten later', async () => {
    await upload.uploadOf(3);
    const [unlocked, closed] = rig.calls.filter((call) => call.name === 'close-transfer');
    expect(unlocked?.atMilliseconds).toBeLessThanOrEqual(20_000);
    expect(closed?.atMilliseconds).toBeLessThanOrEqual(30_000);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED' }]);
  });

  it('does the steps of an upload in the order that keeps the rule until the task is over', async () => {
    await upload.uploadOf(1);
    const order = calledFunctions().filter((name, index, all) => name !== all[index - 1]);
    expect(order).toEqual([
      'end-lease',
      'await-report',
      'look-at-task',
      'release-access-rule',
      'register-files',
      'close-transfer',
    ]);
  });

  it('ends a lease that nobody reports in at most 60 transitions, with nothing left', async () => {
    await rig.start('unreported', JSON.parse(executionInput(upload.transferId, 1)));
    const outcome = await rig.finish('unreported');
    expect(outcome.status).toBe('SUCCEEDED');
    expect(outcome.transitionCount).toBeLessThanOrEqual(60);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'EXPIRED' }]);
    expect(world.globus.rules).toEqual([]);
    const firstAfterLease = rig.calls.find((call) => call.name === 'end-lease' && call.atMilliseconds > 0);
    expect(firstAfterLease?.atMilliseconds).toBe(300_000);
  });

  it('starts again from any point: a second execution of a closed transfer changes nothing', async () => {
    await upload.uploadOf(1);
    const [before] = world.ports.transfers.records();
    await rig.start('again', JSON.parse(executionInput(upload.transferId, 2)));
    expect((await rig.finish('again')).status).toBe('SUCCEEDED');
    const { state, trail, registration } = before ?? {};
    expect(world.ports.transfers.records()).toMatchObject([{ state, trail, registration, takenBy: null }]);
    expect(world.globus.rules).toEqual([]);
    expect(world.dataverse.lockList).toEqual([]);
  });

  it('goes on by itself when Globus does not answer three times in a row', async () => {
    const findTask = world.globus.findTask;
    let silences = 3;
    await upload.startAndReport();
    world.globus.findTask = async (collectionId, taskId) => {
      if (silences-- > 0) throw new UnavailableError('Globus does not answer.');
      return findTask(collectionId, taskId);
    };
    upload.taskEndsAfterSeconds = 11;
    expect((await rig.finish('upload')).status).toBe('SUCCEEDED');
    expect(silences).toBeLessThan(0);
    expect(calledFunctions()).not.toContain('raise-attention');
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED', attention: null }]);
  });

  it.each([
    {
      case: 'a look that can never work keeps the rule and the lock',
      breakIt: () => {
        world.globus.findTask = async () => {
          throw new TypeError('canary');
        };
      },
      rules: 1,
      locks: [{ lockType: 'GlobusUpload' }],
    },
    {
      case: 'a registration that Dataverse refuses keeps the dataset locked',
      breakIt: () => {
        world.dataverse.addFiles = async () => ({ kind: 'refused', status: 400, message: 'canary' });
        upload.taskEndsAfterSeconds = 1;
      },
      rules: 0,
      locks: [{ lockType: 'EditInProgress' }],
    },
  ])('asks an operator and goes on trying when a step fails for good: $case', async ({ breakIt, rules, locks }) => {
    await upload.startAndReport();
    breakIt();
    const attempts = () => calledFunctions().filter((name) => name === 'raise-attention').length;
    await upload.moveOnUntil(() => attempts() === 3);
    expect(world.ports.transfers.records()).toMatchObject([
      { state: 'ATTENTION', attention: { reason: expect.stringContaining('canary') } },
    ]);
    expect(world.globus.rules).toHaveLength(rules);
    expect(world.dataverse.lockList).toMatchObject(locks);
  });
});
