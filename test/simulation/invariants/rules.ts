import { MAX_HOLDERS } from '../../../functions/domain/access-rule.ts';
import { isFinal, type TransferState } from '../../../functions/domain/transfer.ts';
import type { AccessRule } from '../../../functions/ports/globus.ts';
import type { TaskAtWork } from '../fakes/simulated-globus.ts';
import type { Invocation } from '../machinery/invocation.ts';
import type { Simulation } from '../machinery/simulation.ts';
import type { Invariant } from '../machinery/watch.ts';
import { liveTasks, reportersOf, restsOn, rowOf, rulesOfOurs } from './truth.ts';

/** A final transfer holds nothing; after a fault not for longer than so many sweeps take. */
const SWEEPS_ALLOWED = 12;

/** A rule that no row knows would be left behind by everybody. */
export function everyRuleHasItsRow(): Invariant {
  const overSince = new Map<string, number>();
  return {
    id: 'I1',
    promise: 'P1 no access rule is left behind',
    says: 'each rule of ours on Globus has a row, and each holder of a row is an open transfer',
    afterStep(sim) {
      for (const rule of rulesOfOurs(sim)) {
        if (!rowOf(sim, rule) && !sim.circumstances.strayRules.has(rule.ruleId))
          return `the rule ${rule.ruleId} of ${rule.principal} on ${rule.path} has no row`;
      }
      for (const row of sim.rows()) {
        for (const transferId of Object.keys(row.holders)) {
          const holder = sim.find(transferId);
          if (!holder) return `the row of ${row.path} is held by ${transferId}, of which there is no record`;
          // A write without an answer may land after its grant was given up: the next sweep finds it.
          const key = `${row.birthId} ${transferId}`;
          const since = overSince.get(key) ?? sim.sweepsBegun;
          // While Globus is silent no sweep sees a rule.
          if (isFinal(holder.state) && sim.circumstances.holdUps.size === 0) overSince.set(key, since);
          else overSince.delete(key);
          const allowed = sim.circumstances.disturbedAtSeconds === undefined ? 0 : SWEEPS_ALLOWED;
          if (isFinal(holder.state) && sim.sweepsBegun - since >= allowed) {
            return `the row of ${row.path} is held by ${transferId}, which is ${holder.state} since ${sim.sweepsBegun - since} sweeps`;
          }
        }
      }
      return undefined;
    },
    atRest(sim) {
      const [rule] = rulesOfOurs(sim);
      if (rule) return `the rule ${rule.ruleId} of ${rule.principal} on ${rule.path} is left`;
      const [row] = sim.rows();
      return row ? `a row of ${row.path} is left, ${row.state}` : undefined;
    },
  };
}

/** Another identity of the same person may have a rule there as well. */
function hasAnotherRule(sim: Simulation, task: TaskAtWork): boolean {
  return sim.globus.truth.rules.some(
    (rule) => restsOn(sim, task, rule) && (task.submission.direction === 'download' || rule.permission === 'rw'),
  );
}

/** Until its task has ended, or its lease, a transfer counts on its rule. */
const COUNTS_ON_ITS_RULE: readonly TransferState[] = ['GRANTED', 'OBSERVED', 'BOUND', 'FOLLOWING'];

/** Revoking under a live transfer, and not giving back what was taken from one that could not be seen. */
export function noRuleGoesUnderALiveTask(): Invariant {
  /** When the run of a function began that turned a row to DELETING, in milliseconds, by the row's birth: until then a task could be seen. */
  const lookedAt = new Map<string, number>();
  const lastChanceToSee = (sim: Simulation, rule: AccessRule, by: Invocation): number => {
    const row = rowOf(sim, rule);
    // What slips in between look and delete loses its rule, and gets it back at the second look.
    return row?.state === 'DELETING' ? (lookedAt.get(row.birthId) ?? 0) : by.startedAtMilliseconds;
  };
  return {
    id: 'I2',
    promise: 'P2 no rule is revoked under a live transfer',
    says: 'no rule is deleted or weakened while a live task rests on it that was reported, or that could be seen before; who counts on a rule holds it',
    written(_sim, table, { before, after }, by) {
      const turns = table === 'accessRules' && after?.['state'] === 'DELETING' && before?.['state'] !== 'DELETING';
      if (turns && by) lookedAt.set(String(after['birthId']), by.startedAtMilliseconds);
      return undefined;
    },
    afterStep(sim) {
      if (sim.circumstances.restored) return undefined;
      const loose = sim
        .records()
        .filter((record) => record.takenBy === null && COUNTS_ON_ITS_RULE.includes(record.state))
        // Whoever sees an unreported task reserves a record for it first; it counts on its rule once it has had it.
        .filter((record) => record.state !== 'OBSERVED' || record.wasGranted)
        .find((record) => rowOf(sim, record)?.holders[record.transferId] === undefined);
      return loose && `${loose.transferId} is ${loose.state} and holds no rule`;
    },
    ruleDeleted(sim, rule, by) {
      for (const task of liveTasks(sim)) {
        if (!restsOn(sim, task, rule) || hasAnotherRule(sim, task)) continue;
        const reporters = reportersOf(sim, task.taskId);
        const reporter = reporters.find(({ path }) => path === rule.path);
        // Who reports a task for another dataset than it writes to says that it needs that one's rule.
        if (!reporter && reporters.length > 0) continue;
        if (reporter) {
          return `${by.functionName} deletes the rule under task ${task.taskId}, reported as ${reporter.transferId} (${reporter.state})`;
        }
        // Who submits when there is no rule counts on nothing, also when somebody else gets one later.
        const isEntitled = sim.circumstances.entitled.has(task.taskId);
        if (isEntitled && task.listedFromMilliseconds <= lastChanceToSee(sim, rule, by)) {
          return `${by.functionName} deletes the rule under task ${task.taskId}, which was listed before it began`;
        }
      }
      return undefined;
    },
    ruleChanged(sim, rule, before, by) {
      if (before !== 'rw' || rule.permission !== 'r') return undefined;
      const writer = liveTasks(sim).find((task) => task.submission.direction === 'upload' && restsOn(sim, task, rule));
      return writer && `${by.functionName} weakens the rule under task ${writer.taskId}`;
    },
    atRest(sim) {
      if (sim.circumstances.handsOnRules) return undefined;
      const starved = [...sim.globus.work.values()].find(
        ({ taskId }) =>
          sim.globus.truth.tasks.get(taskId)?.fatalError?.code === 'EXPIRED' && sim.circumstances.entitled.has(taskId),
      );
      return starved && `task ${starved.taskId} had a rule when it was submitted and died for want of one`;
    },
  };
}

/** What is known only after the act is unknown to whoever comes after a crash. */
export function intentPrecedesEachEffect(): Invariant {
  return {
    id: 'I7',
    promise: 'all three',
    says: 'what is about to be done at Globus or Dataverse is on record before it is done',
    ruleCreated(sim, rule) {
      const row = rowOf(sim, rule);
      if (!row) return `a rule on ${rule.path} is made, and no row speaks of it`;
      const isNoted =
        row.createUnsettledUntilEpochSeconds !== null && row.createUnsettledUntilEpochSeconds >= sim.nowSeconds() - 2;
      return isNoted
        ? undefined
        : `a rule on ${rule.path} is made while its row (${row.state}) says that no call is open`;
    },
    ruleDeleted(sim, rule, by) {
      const row = rowOf(sim, rule);
      if (!row)
        return by.functionName === 'sweep' ? undefined : `a rule without a row is deleted by ${by.functionName}`;
      if (row.state === 'DELETING' && row.ruleId === rule.ruleId) return undefined;
      return `the rule ${rule.ruleId} is deleted while its row is ${row.state} and names ${row.ruleId}`;
    },
    locked(sim, datasetId, lockType) {
      const item = sim.lockItems().find((each) => each.datasetId === datasetId);
      const isNoted =
        item?.lockTypes.includes(lockType) &&
        Object.values(item.openCalls).some((until) => until >= sim.nowSeconds() - 2);
      return isNoted ? undefined : `dataset ${datasetId} is locked (${lockType}), and its lock item does not say so`;
    },
    registered(sim, datasetId, files) {
      const isSent = sim
        .records()
        .some((record) => record.datasetId === datasetId && (record.registration?.batchesSent ?? 0) > 0);
      return isSent
        ? undefined
        : `${files.length} files are registered in ${datasetId}, and no record has sent a batch`;
    },
  };
}

export function rulesAreAuthorised(): Invariant {
  return {
    id: 'I8',
    promise: 'all three',
    says: 'principal, path and permission of a rule are those of a request that was allowed',
    ruleCreated(sim, rule) {
      const asked = sim
        .records()
        .filter((record) => record.path === rule.path && record.principal === rule.principal)
        .some((record) => record.permission === 'rw' || rule.permission === 'r');
      return asked ? undefined : `a rule ${rule.permission} of ${rule.principal} on ${rule.path} was never asked for`;
    },
    ruleChanged(sim, rule) {
      const isWriter = sim
        .records()
        .some(
          (record) => record.path === rule.path && record.principal === rule.principal && record.permission === 'rw',
        );
      return rule.permission === 'r' || isWriter ? undefined : `the rule on ${rule.path} is raised for nobody`;
    },
  };
}

export function foreignRulesStay(): Invariant {
  const wrong = (sim: Simulation, ruleId: string, what: string) =>
    sim.foreignRules.has(ruleId) ? `the rule ${ruleId}, made by hand, was ${what}` : undefined;
  return {
    id: 'I14',
    promise: 'all three',
    says: 'a rule that somebody else made is neither changed nor deleted, and none of ours is taken for theirs',
    ruleChanged: (sim, rule) => wrong(sim, rule.ruleId, 'changed'),
    ruleDeleted: (sim, rule) => wrong(sim, rule.ruleId, 'deleted'),
    written(sim, table, { after }) {
      const [, ruleId] = /^foreign#(.+)$/.exec(String(after?.['pathAndPrincipal'])) ?? [];
      if (table !== 'accessRules' || ruleId === undefined) return undefined;
      const isOurs = rulesOfOurs(sim).some((rule) => rule.ruleId === ruleId);
      return isOurs ? `the rule ${ruleId} is ours, and is remembered as somebody else's` : undefined;
    },
  };
}

export function limitsAreKept(): Invariant {
  return {
    id: 'I11',
    promise: 'all three',
    says: 'limits of the platforms are kept: holders of a rule, events of an execution, the rate of calls',
    written(_sim, table, { after }) {
      if (table !== 'accessRules' || !after?.['holders']) return undefined;
      const holders = Object.keys(after['holders']).length;
      return holders > MAX_HOLDERS ? `a row has ${holders} holders` : undefined;
    },
    atRest(sim) {
      const long = sim.workflow.executions().find((execution) => execution.eventCount >= 20_000);
      if (long) return `the execution ${long.name} has ${long.eventCount} events`;
      const failed = sim.workflow.executions().find((execution) => execution.error === 'States.DataLimitExceeded');
      return failed && `the execution ${failed.name} carries more than 256 KiB`;
    },
  };
}
