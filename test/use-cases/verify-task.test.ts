import { describe, expect, it } from 'vitest';
import { ForbiddenError, UnavailableError } from '../../functions/domain/errors.ts';
import { verifyTask } from '../../functions/use-cases/verify-task.ts';
import { SECOND_PRINCIPAL, TASK } from '../support/builders.ts';
import { recordOf } from '../support/late-reports.ts';
import { onlyTransfer } from '../support/reporting.ts';
import { createWorld, grant } from '../support/world.ts';

describe("somebody else's task, reported in the second of its submission", () => {
  it.each(Array.from({ length: 100 }, (_, index) => ({ callMilliseconds: 10 * (index + 1) })))(
    'is refused, not taken for an outage, when Globus answers each call after $callMilliseconds ms',
    async ({ callMilliseconds }) => {
      const world = createWorld();
      await grant(world.ports);
      world.globus.submit(TASK, { ownerId: SECOND_PRINCIPAL });
      world.globus.isOwnedBy = async (_collectionId, _task, _principal, within = Number.POSITIVE_INFINITY) => {
        await world.clock.sleep(Math.min(callMilliseconds, within));
        if (within < callMilliseconds) throw new UnavailableError('Globus did not answer in time.');
        return false;
      };
      const record = recordOf(world, onlyTransfer(world));
      await expect(verifyTask(world.ports, record, TASK)).rejects.toThrow(ForbiddenError);
    },
  );
});
