import { type AccessRuleRow, isAbandoned } from '../domain/access-rule.ts';
import type { CollectionId, TransferId } from '../domain/ids.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import {
  finishAbandonedDeletion,
  releaseSpentHolder,
  type SpentOutcome,
  type SpentRowPorts,
} from './release-spent-row.ts';

/** So many rules less are enough for now: others ask for room at the same time. The scheduled sweep frees the rest. */
const ENOUGH = 5;
const AT_ONCE = 5;

/**
 * Frees rules on a full collection (F-07): rows whose deletion was left half done, and holders whose transfers are over. What needs longer,
 * such as a rule without a row, is left to the scheduled sweep. A failure on one row is logged, and the next is tried.
 * @param options.hasTime - nothing new is begun once it says no
 * @returns how many rules were freed
 * @throws UnavailableError when the table cannot be asked
 */
export async function makeRoom(
  ports: SpentRowPorts,
  collectionId: CollectionId,
  options: { readonly hasTime: () => boolean },
): Promise<number> {
  let freed = 0;
  const goesOn = () => freed < ENOUGH && options.hasTime();
  const act = async (row: AccessRuleRow) => {
    const outcome = await free(ports, row, goesOn).catch((error: unknown) => {
      ports.log.warn('access-rule-not-freed', { collectionId, path: row.path, principal: row.principal, error });
      return 'open' as const;
    });
    if (outcome === 'gone') freed += 1;
  };
  const rows = await ports.accessRules.list(collectionId);
  const isLeft = (row: AccessRuleRow) => isAbandoned(row, ports.clock.nowEpochSeconds()) && row.state === 'DELETING';
  for (const candidates of [rows.filter(isLeft), rows.filter((row) => row.state !== 'DELETING')]) {
    await forEachAtOnce(candidates, AT_ONCE, async (row) => {
      if (goesOn()) await act(row);
    });
  }
  ports.log.warn('access-rule-room-made', { collectionId, rows: rows.length, freed });
  return freed;
}

async function free(ports: SpentRowPorts, row: AccessRuleRow, goesOn: () => boolean): Promise<SpentOutcome> {
  if (row.state === 'DELETING') return finishAbandonedDeletion(ports, row);
  for (const transferId of Object.keys(row.holders) as TransferId[]) {
    if (!goesOn()) return 'open';
    const outcome = await releaseSpentHolder(ports, row, transferId);
    // One open holder is enough to keep the rule.
    if (outcome !== 'taken-out') return outcome;
  }
  return 'open';
}
