import { globusIsSilent, listTasksLate, stopExecutions, when } from '../actors/hands.ts';
import { askForPaths, type Granted, reportUntilAccepted, reportUpload, submitUpload } from '../actors/journeys.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DRAFT, LINKED_PRINCIPAL, PEOPLE, type Person, PUBLISHED } from '../machinery/site.ts';
import {
  callsOf,
  mustBe,
  mustBeRegistered,
  secondsUntil,
  statesOf,
  statusesOf,
  timesTold,
  transferNumber,
  wayOf,
} from './looking-back.ts';
import { at, must, type Scenario } from './scenario.ts';

const { curator, colleague } = PEOPLE;

async function granted(sim: Simulation, person: Person = curator): Promise<Granted> {
  const grant = await askForPaths(sim, person, DRAFT);
  if (!grant) throw new Error('nothing was granted');
  return grant;
}

/** A step is run once more, by a timer that fires when it should not. */
function strayRun(sim: Simulation, functionName: string, { transferId }: Granted): void {
  sim.platform.run(functionName, { transferId, executionNumber: 1 }).catch(() => undefined);
}

/** The record is between the look for live tasks and the deletion of its rule. */
function isLosingItsRule(sim: Simulation): boolean {
  return sim.records()[0]?.state === 'EXPIRING' && sim.rows()[0]?.state === 'PRESENT';
}

function statusOfFirstTask(sim: Simulation): string | undefined {
  return [...sim.globus.truth.tasks.values()][0]?.status;
}

/** F-13 to F-19: nobody has reported yet, and the lease ends. */
export const LEASE: readonly Scenario[] = [
  {
    name: 'a grant that nobody uses is over half a minute after its lease, with one deletion that is proven by a list',
    plays: ['F-13'],
    async play(sim) {
      await granted(sim);
      await sim.sleep(290);
      mustBe(sim.globus.truth.rules.length, 1, 'rules during the lease');
    },
    after(sim) {
      const record = transferNumber(sim, 1);
      mustBe(wayOf(record), 'REQUESTED GRANTED EXPIRING EXPIRED', 'its way');
      must(secondsUntil(record, 'EXPIRED') < 335, 'it is over soon');
      mustBe(callsOf(sim, 'globus.deleteAccessRule'), 1, 'delete calls');
      must((sim.callCounts.get('end-lease: globus.listAccessRules') ?? 0) > 0, 'the rules are listed after it');
    },
  },
  {
    name: 'a live task that its client never reported keeps its rule to its end, is told of, and loses nothing',
    plays: ['F-14'],
    async play(sim) {
      submitUpload(sim, curator, [await granted(sim)], { pace: 2_000_000 });
    },
    after(sim) {
      mustBe(wayOf(transferNumber(sim, 1)), 'REQUESTED GRANTED OBSERVED EXPIRING EXPIRED', 'its way');
      mustBe(statusOfFirstTask(sim), 'SUCCEEDED', 'its task');
      mustBe([...sim.globus.work.values()][0]?.denials, 0, 'denials');
      must(
        sim.log.some((line) => line.includes('"to":"OBSERVED"')),
        'the log tells of it',
      );
    },
  },
  {
    name: 'a live task of a linked identity keeps the rule, and its report is accepted',
    plays: ['F-14'],
    async play(sim) {
      sim.globus.truth.people.push([curator.principal, LINKED_PRINCIPAL]);
      const grant = await granted(sim);
      const linked = { ...curator, principal: LINKED_PRINCIPAL };
      const taskId = submitUpload(sim, linked, [grant], { pace: 600_000 });
      await sim.sleep(400);
      mustBe(statesOf(sim), 'OBSERVED', 'after the lease');
      await reportUntilAccepted(sim, curator, grant, taskId);
    },
    after: (sim) => {
      mustBeRegistered(sim, DRAFT);
      mustBe(statesOf(sim), 'CLOSED', 'transfers');
    },
  },
  {
    name: 'a task that slips in between look and deletion gets its rule back, is counted, and is registered when it is reported',
    plays: ['F-15'],
    async play(sim) {
      const grant = await granted(sim);
      await sim.sleep(299);
      await when(sim, () => isLosingItsRule(sim), 60, 0.005);
      const taskId = submitUpload(sim, curator, [grant], { pace: 60_000 });
      await when(sim, () => statesOf(sim) === 'OBSERVED', 60);
      await reportUntilAccepted(sim, curator, grant, taskId);
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      const record = transferNumber(sim, 1);
      mustBe(record.breaches, 1, 'breaches');
      mustBe(wayOf(record).slice(0, 47), 'REQUESTED GRANTED EXPIRING OBSERVED BOUND FOLLO', 'its way');
      mustBe(timesTold(sim, 'access-rule-restored'), 1, 'told of');
    },
  },
  {
    name: 'a second look that comes too early is none, and a task that no list shows yet gets its rule back all the same',
    plays: ['F-15', 'F-16'],
    async play(sim) {
      const grant = await granted(sim);
      await sim.sleep(299);
      listTasksLate(sim, 9.5);
      await when(sim, () => isLosingItsRule(sim), 60, 0.005);
      submitUpload(sim, curator, [grant], { pace: 60_000 });
      await when(sim, () => transferNumber(sim, 1).secondLookAtEpochSeconds !== null, 60, 0.2);
      await sim.sleep(3);
      strayRun(sim, 'end-lease', grant);
    },
    after(sim) {
      mustBe(statesOf(sim), 'EXPIRED', 'transfers');
      mustBe(transferNumber(sim, 1).breaches, 1, 'breaches');
      mustBe(statusOfFirstTask(sim), 'SUCCEEDED', 'the task');
    },
  },
  {
    name: 'a live task that somebody else claims while nothing can be checked keeps its rule at the end of its lease',
    plays: ['F-14', 'F-26'],
    async play(sim) {
      const mine = await granted(sim);
      await sim.sleep(120);
      const theirs = await askForPaths(sim, colleague, PUBLISHED);
      if (!theirs) return;
      await sim.sleep(100);
      const taskId = submitUpload(sim, curator, [mine], { pace: 400_000 });
      await sim.sleep(50);
      await globusIsSilent(sim, 32, async () => {
        mustBe((await reportUpload(sim, colleague, theirs, taskId)).status, 200, 'reply to the lie');
      });
    },
    after(sim) {
      must(wayOf(transferNumber(sim, 1)).includes('OBSERVED'), `the task is seen: ${wayOf(transferNumber(sim, 1))}`);
      mustBe(transferNumber(sim, 1).breaches, 0, 'breaches');
      must(transferNumber(sim, 2).rejection !== null, 'the lie is turned away');
    },
  },
  {
    name: 'a timer of the lease that fires early, twice, and after the report ends nothing',
    plays: ['F-16'],
    async play(sim) {
      const grant = await granted(sim);
      await sim.sleep(10);
      strayRun(sim, 'end-lease', grant);
      await sim.sleep(10);
      mustBe(sim.globus.truth.rules.length, 1, 'rules');
      const taskId = submitUpload(sim, curator, [grant], { pace: 400_000 });
      await reportUntilAccepted(sim, curator, grant, taskId);
      for (const seconds of [0, 0, 290, 0]) {
        await sim.sleep(seconds);
        strayRun(sim, 'end-lease', grant);
      }
      await sim.sleep(30);
      mustBe(sim.globus.truth.rules.length, 1, 'rules');
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(wayOf(transferNumber(sim, 1)), 'REQUESTED GRANTED BOUND FOLLOWING SETTLING CLOSED', 'its way');
    },
  },
  {
    name: 'a timer of the lease that fires twice at once ends it once',
    plays: ['F-16'],
    async play(sim) {
      const grant = await granted(sim);
      await sim.sleep(300 - ((sim.schedule.now - sim.schedule.startedAt) / 1000 - 1));
      strayRun(sim, 'end-lease', grant);
      strayRun(sim, 'end-lease', grant);
    },
    after(sim) {
      mustBe(wayOf(transferNumber(sim, 1)), 'REQUESTED GRANTED EXPIRING EXPIRED', 'its way');
      mustBe(callsOf(sim, 'globus.deleteAccessRule'), 1, 'delete calls');
    },
  },
  {
    name: 'a report in the last seconds of the lease wins over its end',
    plays: ['F-17'],
    async play(sim) {
      const grant = await granted(sim);
      const taskId = submitUpload(sim, curator, [grant]);
      await when(
        sim,
        () => (sim.find(grant.transferId)?.leaseEndsAtEpochSeconds ?? 0) - sim.nowSeconds() < 4,
        400,
        0.1,
      );
      await reportUntilAccepted(sim, curator, grant, taskId);
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(statusesOf(sim, 'add-globus-files'), '200', 'replies');
    },
  },
  {
    name: 'a report while the rule is being revoked is accepted in a successor, whose rule stands before the 200',
    plays: ['F-17'],
    async play(sim) {
      const grant = await granted(sim);
      const taskId = submitUpload(sim, curator, [grant]);
      await when(sim, () => isLosingItsRule(sim), 400, 0.02);
      const reply = await reportUntilAccepted(sim, curator, grant, taskId);
      mustBe(reply.status, 200, 'reply');
      mustBe(sim.globus.truth.rules.length, 1, 'rules');
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(statesOf(sim), 'EXPIRED CLOSED', 'transfers');
    },
  },
  {
    name: 'a lease that ends while Globus is silent for hours keeps its rule, raises the alarm, and ends when Globus is back',
    plays: ['F-18'],
    async play(sim) {
      await granted(sim);
      await sim.sleep(200);
      await globusIsSilent(sim, 5 * 3_600, async () => {
        await sim.sleep(5 * 3_600 - 10);
        mustBe(sim.globus.truth.rules.length, 1, 'rules');
        must(!statesOf(sim).includes('EXPIRED'), 'nothing is expired without proof');
      });
    },
    after(sim) {
      mustBe(statesOf(sim), 'EXPIRED', 'transfers');
      must(timesTold(sim, 'transfer-needs-attention') > 0, 'an operator is told');
    },
  },
  {
    name: 'a list of live tasks that fails at the end of the lease says nothing, and the task that is live keeps its rule',
    plays: ['F-18'],
    faults: [at('end-lease: globus.listLiveTasks', 'fails')],
    async play(sim) {
      submitUpload(sim, curator, [await granted(sim)], { pace: 400_000 });
    },
    after(sim) {
      mustBe(wayOf(transferNumber(sim, 1)), 'REQUESTED GRANTED OBSERVED EXPIRING EXPIRED', 'its way');
      mustBe(statusOfFirstTask(sim), 'SUCCEEDED', 'its task');
    },
  },
  {
    name: 'a grant whose workflow was never started is ended by the sweep',
    plays: ['F-19'],
    faults: [at('request-globus-upload-paths: workflow.start', 'dies-before')],
    async play(sim) {
      await askForPaths(sim, curator, DRAFT, { patience: { tries: 1 } });
    },
    after(sim) {
      mustBe(statesOf(sim), 'EXPIRED', 'transfers');
      mustBe(timesTold(sim, 'execution-lost'), 1, 'told of');
    },
  },
  {
    name: 'a grant whose execution is stopped by hand loses its rule all the same',
    plays: ['F-19', 'F-51'],
    async play(sim) {
      await granted(sim);
      stopExecutions(sim);
    },
    after(sim) {
      mustBe(statesOf(sim), 'EXPIRED', 'transfers');
      must(transferNumber(sim, 1).executionNumber > 1, 'another execution takes over');
    },
  },
];
