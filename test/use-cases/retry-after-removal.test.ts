import { expect, it } from 'vitest';
import { followAll, registered, successorOf } from '../support/late-reports.ts';
import { asked, retry, settlingTransfer } from '../support/steering.ts';
import { followToEnd } from '../support/world.ts';

it('a retry does not bring back what was registered and has been removed from the dataset since', async () => {
  const { world, paths, transferId } = await settlingTransfer();
  const [, [second = ''] = []] = paths;
  world.dataverse.fileErrors.set(second, 'The checksum is wrong.');
  await followToEnd(world, transferId);
  world.dataverse.files.length = 0;
  world.dataverse.fileErrors.clear();
  await retry(world.ports, asked(world, transferId));
  await followAll(world);
  expect(registered(world)).toEqual([second]);
  expect(successorOf(world, transferId)).toMatchObject({ state: 'CLOSED', registration: { registered: 2, failed: 0 } });
});
