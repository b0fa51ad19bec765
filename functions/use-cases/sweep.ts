import type { Store } from '../domain/store.ts';
import type { Ports } from '../ports/ports.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import type { RegisterSettings } from './register-batch.ts';
import { type Rescue, rescueTransfer } from './rescue-transfer.ts';
import type { RunLimit } from './run-limit.ts';
import { type Site, sweepAccessRules } from './sweep-access-rules.ts';
import { sweepHolds } from './sweep-holds.ts';
import { takeStock } from './take-stock.ts';

export interface SweepSettings extends RegisterSettings {
  readonly stores: readonly Store[];
  readonly leaseSeconds: number;
}

const TRANSFERS_AT_ONCE = 5;

/**
 * Looks after everything that should have moved on and has not, collection by collection: transfers past due, claims and lock items without
 * a transfer, rules against rows. It decides nothing by what it remembers: it may stop anywhere, run twice at once, or start anew. With every
 * workflow dead it alone brings each transfer to the same end. At its end it tells what is open and what is overdue.
 * @throws the last failure of a part, once all the others have had their turn
 */
export async function sweep(ports: Ports, settings: SweepSettings, limit: RunLimit): Promise<void> {
  const failures: unknown[] = [];
  const guarded = async (name: string, { collectionId }: Site, run: () => Promise<void>) => {
    try {
      await run();
    } catch (error) {
      ports.log.error(`${name}-failed`, { collectionId, error });
      failures.push(error);
    }
  };
  const part = async (name: string, site: Site, run: () => Promise<object>) => {
    if (!limit.hasTime()) return;
    await guarded(name, site, async () => {
      const found = await run();
      const { collectionId } = site;
      if (Object.values(found).some((count) => count > 0)) ports.log.info(name, { collectionId, ...found });
    });
  };
  const parts = sitesOf(settings).flatMap((site) => [
    () => part('sweep-transfers', site, () => sweepTransfers(ports, settings, site, limit)),
    () => part('sweep-holds', site, () => sweepHolds(ports, site.collectionId, limit)),
    () => part('sweep-access-rules', site, () => sweepAccessRules(ports, site, limit)),
  ]);
  for (const run of startingByChance(ports, parts)) await run();
  for (const site of sitesOf(settings)) {
    // Told also when all is well and when there is little time: the alarms on these numbers need every one (docs/operations.md).
    await guarded('stock', site, async () => {
      ports.log.info('stock', { collectionId: site.collectionId, ...(await takeStock(ports, site.collectionId)) });
    });
  }
  if (failures.length > 0) throw failures.at(-1);
}

async function sweepTransfers(ports: Ports, settings: SweepSettings, { collectionId }: Site, limit: RunLimit) {
  const counts: Record<Rescue, number> = { left: 0, called: 0, restarted: 0, performed: 0, failed: 0 };
  const pastDue = await ports.open.listTransfers(collectionId, ports.clock.nowEpochSeconds() + 1);
  await forEachAtOnce(pastDue, TRANSFERS_AT_ONCE, async ({ transferId }) => {
    if (limit.hasTime()) counts[await rescueTransfer(ports, settings, transferId, limit)] += 1;
  });
  const { left: _nothing, ...done } = counts;
  return done;
}

/** Another one is first each time: a backlog that takes all the time there is keeps no part waiting for ever. */
function startingByChance<Part>({ random }: Pick<Ports, 'random'>, parts: readonly Part[]): readonly Part[] {
  const first = Math.floor(random.fraction() * parts.length);
  return [...parts.slice(first), ...parts.slice(0, first)];
}

/** Each collection once, with all its stores. */
function sitesOf({ stores, leaseSeconds }: SweepSettings): readonly Site[] {
  return [...new Set(stores.map((store) => store.collectionId))].map((collectionId) => ({
    collectionId,
    stores: stores.filter((store) => store.collectionId === collectionId),
    leaseSeconds,
  }));
}
