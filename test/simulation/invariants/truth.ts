import type { AccessRuleRow } from '../../../functions/domain/access-rule.ts';
import { isFinal, type TransferRecord } from '../../../functions/domain/transfer.ts';
import type { AccessRule } from '../../../functions/ports/globus.ts';
import type { TaskAtWork } from '../fakes/simulated-globus.ts';
import type { Simulation } from '../machinery/simulation.ts';

/** Questions that invariants ask of the world as it really is, whatever the product believes. */

/** Rules on Globus that the product made. */
export function rulesOfOurs(sim: Simulation): AccessRule[] {
  return sim.globus.truth.rules.filter((rule) => !sim.foreignRules.has(rule.ruleId));
}

export function rowOf(
  sim: Simulation,
  { path, principal }: Pick<AccessRule, 'path' | 'principal'>,
): AccessRuleRow | undefined {
  return sim.rows().find((row) => row.path === path && row.principal === principal);
}

export function samePerson(sim: Simulation, one: string, other: string): boolean {
  return one === other || sim.globus.truth.people.some((all) => all.includes(one) && all.includes(other));
}

/** Does a task need this rule, were it the only one? */
export function restsOn(
  sim: Simulation,
  { submission }: TaskAtWork,
  rule: Pick<AccessRule, 'path' | 'principal'>,
): boolean {
  return (
    samePerson(sim, submission.owner, rule.principal) && submission.paths.some((path) => path.startsWith(rule.path))
  );
}

export function liveTasks(sim: Simulation): TaskAtWork[] {
  return [...sim.globus.work.values()].filter((task) => sim.globus.isLive(task.taskId));
}

/** Open transfers whose accepted report names this task, and that still count on it. */
export function reportersOf(sim: Simulation, taskId: string): TransferRecord[] {
  return sim
    .records()
    .filter(
      (record) =>
        record.bound?.taskId === taskId && !isFinal(record.state) && !record.givenUp && record.rejection === null,
    );
}

/** The last part of a path, which is the last part of a storage identifier. */
export function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The reported files of a record as they lie in the table. */
export function reportedFiles(
  sim: Simulation,
  { datasetId, transferId, bound }: TransferRecord,
): { storageIdentifier: string }[] {
  if (!bound) return [];
  const prefix = `files#${transferId}#${bound.listId}#`;
  return [...sim.transfersTable.items()]
    .filter((item) => item['pk'] === datasetId && String(item['sk']).startsWith(prefix))
    .flatMap((item) => item['rows'] as { storageIdentifier: string }[]);
}

/** What became of each file of a record, as it lies in the table. */
export function fileResults(
  sim: Simulation,
  { datasetId, transferId }: TransferRecord,
): { storageIdentifier: string; outcome: string; reason: string | null }[] {
  return [...sim.transfersTable.items()]
    .filter((item) => item['pk'] === datasetId && String(item['sk']).startsWith(`results#${transferId}#`))
    .flatMap((item) => item['rows'] as { storageIdentifier: string; outcome: string; reason: string | null }[]);
}
