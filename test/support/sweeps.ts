import { isFinal } from '../../functions/domain/transfer.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { sweep } from '../../functions/use-cases/sweep.ts';
import { SETTINGS, STORE, type World } from './world.ts';

export const SWEEP_SETTINGS = { ...SETTINGS, stores: [STORE] };
const SWEEP_MILLISECONDS = 300_000;
/** A day and a half of sweeps: more means that nothing moves any more. */
const MOST_SWEEPS = 450;

/** One sweep with all the time it wants. */
export function sweepOnce(ports: Ports): Promise<void> {
  return sweep(ports, SWEEP_SETTINGS, { hasTime: () => true });
}

/** Sweeps every five minutes, with nothing else at work, until every transfer is final and nothing is left to remove. */
export async function sweepToEnd(world: World): Promise<void> {
  for (let sweeps = 0; sweeps < MOST_SWEEPS; sweeps++) {
    world.clock.advance(SWEEP_MILLISECONDS);
    await sweepOnce(world.ports).catch(() => undefined);
    const isOver = world.ports.transfers.records().every((record) => isFinal(record.state));
    if (isOver && world.ports.accessRules.rows().length === 0 && world.ports.locks.items().length === 0) return;
  }
  throw new Error(`the sweep alone does not end it: ${JSON.stringify(world.ports.transfers.records())}`);
}

/** From here on no execution runs, whatever is started. */
export function killWorkflows(world: World): void {
  world.ports.workflow.status = async () => 'ended';
  world.ports.workflow.wake = async () => 'gone';
}
