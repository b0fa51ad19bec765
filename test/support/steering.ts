import { asUserName, type TransferId, type UserName } from '../../functions/domain/ids.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import type { Steered } from '../../functions/use-cases/authorise-transfer.ts';
import { retryTransfer } from '../../functions/use-cases/retry-transfer.ts';
import { CURATOR, TASK } from './builders.ts';
import { SERVICE_ACCOUNT } from './fakes/dataverse-accounts.ts';
import { recordOf } from './late-reports.ts';
import { destinations, onlyTransfer, report } from './reporting.ts';
import { createWorld, grant, runStep, SETTINGS, type World } from './world.ts';

export const OPERATOR = asUserName('admin');

/** The transfer as its owner, or an operator, asks for something. */
export function asked(world: World, transferId: TransferId, userName: UserName = CURATOR): Steered {
  return { record: recordOf(world, transferId), asker: { userName, isOperator: userName === OPERATOR } };
}

/** A transfer whose task was reported and runs: BOUND, or FOLLOWING after one look. */
export async function reportedTransfer(world: World = createWorld()) {
  const paths = await grant(world.ports);
  const transferId = onlyTransfer(world);
  world.globus.submit(TASK);
  await report(world.ports, paths);
  return { world, paths, transferId };
}

export async function followedTransfer(world: World = createWorld()) {
  const reported = await reportedTransfer(world);
  await runStep(world.ports, reported.transferId, 'FOLLOW');
  return reported;
}

/** One whose task has ended: SETTLING, its rule released. */
export async function settlingTransfer(world: World = createWorld()) {
  const followed = await followedTransfer(world);
  world.globus.finish(TASK, destinations(followed.paths));
  await runStep(world.ports, followed.transferId, 'FOLLOW');
  await runStep(world.ports, followed.transferId, 'RELEASE');
  return followed;
}

/** Asks for a retry as the owner, by their own token. */
export function retry(
  ports: Ports,
  steered: Steered,
  adoption?: Parameters<typeof retryTransfer>[2]['adoption'],
  settings: Parameters<typeof retryTransfer>[1] = SETTINGS,
) {
  const actingAs = steered.asker.isOperator
    ? ({ kind: 'user', userName: SERVICE_ACCOUNT } as const)
    : ({ kind: 'user', userName: steered.asker.userName } as const);
  return retryTransfer(ports, settings, { ...steered, actingAs, adoption });
}

/** Why each entry of a trail was written. */
export function reasonsInTrail(world: World, transferId: TransferId): readonly string[] {
  return recordOf(world, transferId).trail.map((entry) => entry.why);
}
