import { expect, it } from 'vitest';
import { asUserName } from '../../functions/domain/ids.ts';
import { deleteLeftovers } from '../../functions/use-cases/delete-leftovers.ts';
import { OTHER_TASK } from '../support/builders.ts';
import { registered } from '../support/late-reports.ts';
import { isOnCollection, PLACE, unreportedUpload } from '../support/leftovers.ts';
import { destinations, report } from '../support/reporting.ts';
import { createWorld, followToEnd } from '../support/world.ts';

it('what was deleted is not registered by a late report after one that could not be given its rule', async () => {
  const world = createWorld();
  const paths = await unreportedUpload(world, 1);
  world.globus.submit(OTHER_TASK);
  world.globus.ruleLimit = 0;
  await expect(report(world.ports, paths, OTHER_TASK)).rejects.toMatchObject({ kind: 'unavailable' });
  world.globus.ruleLimit = 10;
  world.globus.finish(OTHER_TASK, destinations(paths));
  for (const { transferId } of world.ports.transfers.records()) await followToEnd(world, transferId);
  expect(world.ports.transfers.records().map(({ state }) => state)).toEqual(['EXPIRED', 'REFUSED']);

  const order = { ...PLACE, userName: asUserName('dataverseAdmin'), storageIdentifiers: undefined, isDryRun: false };
  await deleteLeftovers(world.ports, order);
  expect(isOnCollection(world, paths[0]?.[1])).toBe(false);
  await expect(report(world.ports, paths, OTHER_TASK)).rejects.toThrow('What was transferred has been deleted.');
  expect(registered(world)).toEqual([]);
  expect(world.globus.rules).toEqual([]);
});
