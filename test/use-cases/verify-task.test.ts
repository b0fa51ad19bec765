import { describe, expect, it } from 'vitest';
import { ForbiddenError, UnavailableError } from '../../functions/domain/errors.ts';
import { verifyTask } from '../../functions/use-cases/verify-task.ts';
import { SECOND_PRINCIPAL, TASK } from '../support/builders.ts';
import { recordOf } from '../support/late-reports.ts';
import { onlyTransfer } from '../support/reporting.ts';
import { createWorld, grant } from '../support/world.ts';

/** A new task, and a Globus that takes its time for each call and lists the task as the grant's from some moment on. */
async function newTask(callMilliseconds: number, listedAfterMilliseconds: number) {
  const world = createWorld();
  await grant(world.ports);
  world.globus.submit(TASK, { ownerId: SECOND_PRINCIPAL });
  const listedFrom = world.clock.nowMilliseconds() + listedAfterMilliseconds;
  world.globus.isOwnedBy = async (_collectionId, _task, _principal, within = Number.POSITIVE_INFINITY) => {
    const isListed = world.clock.nowMilliseconds() >= listedFrom;
    await world.clock.sleep(Math.min(callMilliseconds, within));
    if (within < callMilliseconds) throw new UnavailableError('Globus did not answer in time.');
    return isListed;
  };
  return verifyTask(world.ports, recordOf(world, onlyTransfer(world)), TASK);
}

describe('a task that is reported in the second of its submission', () => {
  it.each(Array.from({ length: 100 }, (_, index) => ({ callMilliseconds: 10 * (index + 1) })))(
    "and is somebody else's is refused, not taken for an outage, when Globus answers each call after $callMilliseconds ms",
    async ({ callMilliseconds }) => {
      await expect(newTask(callMilliseconds, Number.POSITIVE_INFINITY)).rejects.toThrow(ForbiddenError);
    },
  );

  it("and is a linked identity's is accepted when Globus lists it nine and a half seconds later", async () => {
    expect(await newTask(100, 9_500)).toBe(true);
  });
});
