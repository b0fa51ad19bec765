import { keepPace, stopExecutions, when } from '../actors/hands.ts';
import {
  askForPaths,
  download,
  reportUntilAccepted,
  reportUpload,
  sendPatiently,
  submitUpload,
  upload,
} from '../actors/journeys.ts';
import { leaveAllToTheSweep } from '../actors/operators.ts';
import { ageRecords, backUp, OLDER_DEFINITION, PRESENT_DEFINITION } from '../actors/upgrades.ts';
import { NO_TROUBLES } from '../machinery/options.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DIRECTORIES, DRAFT, PEOPLE, PUBLISHED, settingsOf } from '../machinery/site.ts';
import {
  callsOf,
  mustBe,
  mustBeRegistered,
  registeredIn,
  statesOf,
  statusesOf,
  timesTold,
  transferNumber,
} from './looking-back.ts';
import { at, must, type Scenario } from './scenario.ts';

const { curator, colleague, reader, operator } = PEOPLE;
const SOMEBODY = '00000000-0000-4000-8000-0000000f0e19';
const EXCLUSIVE = { stores: settingsOf().stores.map((store) => ({ ...store, exclusive: true })) };

/** An upload, a download and a grant that nobody uses, all at once. */
async function everybody(sim: Simulation): Promise<void> {
  await Promise.all([
    upload(sim, curator, { datasetId: DRAFT, task: { pace: 20_000 } }),
    download(sim, reader, { datasetId: PUBLISHED, task: { pace: 20_000 } }),
    askForPaths(sim, colleague, DRAFT),
  ]);
}

function mustBeOver(sim: Simulation): void {
  mustBe(statesOf(sim).split(' ').toSorted().join(' '), 'CLOSED CLOSED EXPIRED', 'transfers');
  mustBe(registeredIn(sim, DRAFT), 2, 'registered files');
}

function after(sim: Simulation): void {
  mustBeRegistered(sim, DRAFT);
  mustBe(statesOf(sim), 'CLOSED', 'transfers');
}

/** A rule below the base path that somebody made, and that no row knows. */
function strayRule(sim: Simulation): void {
  sim.circumstances.strayRules.add(sim.globus.truth.addRuleByHand(DIRECTORIES[DRAFT] ?? '', SOMEBODY, 'rw'));
}

/** F-73 to F-83: clocks, tables, deployments, restores, and the sweep. */
export const PLATFORM_AND_OPERATORS: readonly Scenario[] = [
  ...[30, -30].map(
    (globusAheadSeconds): Scenario => ({
      name: `clocks a second apart, and a Globus half a minute ${globusAheadSeconds > 0 ? 'ahead' : 'behind'}, change nothing`,
      plays: ['F-73'],
      options: { clockSkew: 1_000, globusAheadSeconds },
      play: everybody,
      after(sim) {
        mustBeOver(sim);
        mustBe(statusesOf(sim, 'add-globus-files'), '200', 'replies');
      },
    }),
  ),
  {
    name: 'writes that arrive twice, and writes whose answers are lost, are found by whoever comes next',
    plays: ['F-74'],
    faults: [
      at('request-globus-upload-paths: transfers.putNext', 'twice'),
      at('add-globus-files: transfers.putNext', 'twice'),
      at('add-globus-files: transfers.putNext', 'lost', 2),
      at('look-at-task: transfers.putNext', 'twice', 2),
      at('release-access-rule: rules.putNext', 'lost'),
      at('close-transfer: transfers.putNext', 'lost', 2),
    ],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT });
    },
    after,
  },
  {
    name: 'an index that is minutes behind its table delays, and decides nothing',
    plays: ['F-75'],
    options: { longestIndexLag: 180_000 },
    async play(sim) {
      await everybody(sim);
      stopExecutions(sim);
    },
    after: mustBeOver,
  },
  {
    name: 'a sweep whose index shows none of the open transfers takes no rule from any of them',
    plays: ['F-75'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT);
      if (!granted) throw new Error('no paths were given');
      sim.transfersTable.isIndexBlind = true;
      await when(sim, () => sim.sweepsBegun >= 2);
      const taskId = submitUpload(sim, curator, [granted], { pace: 200_000 });
      await reportUntilAccepted(sim, curator, granted, taskId);
      const begun = sim.sweepsBegun;
      await when(sim, () => sim.sweepsBegun >= begun + 1);
      sim.transfersTable.isIndexBlind = false;
    },
    after: (sim) => mustBeRegistered(sim, DRAFT),
  },
  {
    name: 'executions that were begun under an older definition are followed to their ends by the present code',
    plays: ['F-77'],
    options: { definition: OLDER_DEFINITION },
    async play(sim) {
      await everybody(sim);
      sim.workflow.deploy(PRESENT_DEFINITION);
    },
    after: mustBeOver,
  },
  {
    name: 'an execution of an older definition that waits for hours, and one of the present after it, follow one upload',
    plays: ['F-77', 'F-51'],
    options: { definition: OLDER_DEFINITION },
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT, task: { pace: 3 * 3_600_000 } });
      await sim.sleep(2 * 3_600);
      sim.workflow.deploy(PRESENT_DEFINITION);
      stopExecutions(sim);
    },
    after(sim) {
      after(sim);
      mustBe(transferNumber(sim, 1).executionNumber, 2, 'executions');
    },
  },
  {
    name: 'records without the members that came later go on under the present code',
    plays: ['F-77'],
    async play(sim) {
      await everybody(sim);
      ageRecords(sim);
      await when(sim, () => statesOf(sim).includes('SETTLING'), 300, 0.05);
      ageRecords(sim);
    },
    after: mustBeOver,
  },
  {
    name: 'tables restored to a point before an upload was settled have it settled again, with each file there once',
    plays: ['F-79'],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT, task: { pace: 30_000 } });
      const restore = backUp(sim);
      await when(sim, () => statesOf(sim) === 'CLOSED');
      restore();
      must(statesOf(sim) !== 'CLOSED', 'it is open again');
    },
    after(sim) {
      after(sim);
      mustBe(callsOf(sim, 'dataverse.addFiles'), 1, 'calls that register');
    },
  },
  {
    name: 'tables restored to a point before a report keep the rule of its live task, and have it reported for its owner',
    plays: ['F-79'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT);
      if (!granted) return;
      const restore = backUp(sim);
      const taskId = submitUpload(sim, curator, [granted], { pace: 1_000_000 });
      await reportUntilAccepted(sim, curator, granted, taskId);
      restore();
      await when(sim, () => statesOf(sim) === 'OBSERVED', 1_000);
      const { transferId } = granted;
      const files = granted.entries.map(([storageIdentifier], index) => ({
        storageIdentifier,
        fileName: `${index}.dat`,
      }));
      const json = { taskIdentifier: taskId, files };
      const reply = await sendPatiently(sim, operator, { functionName: 'retry-transfer', transferId, json });
      mustBe(reply.status, 200, 'reply');
    },
    after,
  },
  {
    name: 'tables restored to a point before a grant leave a rule that is revoked with an alarm, but not under its live task',
    plays: ['F-79', 'F-82'],
    options: { settings: EXCLUSIVE },
    async play(sim) {
      await sim.sleep(10);
      const restore = backUp(sim);
      const granted = await askForPaths(sim, curator, DRAFT);
      if (!granted) return;
      const taskId = submitUpload(sim, curator, [granted], { pace: 500_000 });
      await reportUntilAccepted(sim, curator, granted, taskId);
      restore();
      await sim.sleep(700);
      mustBe(sim.globus.truth.rules.length, 1, 'rules under the live task');
      must((await reportUpload(sim, curator, granted, taskId)).status >= 400, 'no grant is on record');
      await when(sim, () => sim.globus.truth.rules.length === 0, 4_000, 30);
    },
    after(sim) {
      mustBe(timesTold(sim, 'access-rule-orphan-revoked'), 1, 'told of');
      mustBe([...sim.globus.truth.tasks.values()][0]?.status, 'SUCCEEDED', 'the task');
    },
  },
  {
    name: 'a sweep that dies and freezes midway, and comes twice, ends everything and takes nothing of others',
    plays: ['F-81'],
    options: { troubles: { ...NO_TROUBLES, doubledBeats: 1 } },
    faults: [
      at('sweep: globus.deleteAccessRule', 'dies-after'),
      at('sweep: transfers.putNext', 'dies-before', 9),
      at('sweep: rules.putNext', 'dies-after', 4),
      at('sweep: globus.listAccessRules', 'freezes', 5),
    ],
    async play(sim) {
      for (let other = 0; other < 20; other += 1) {
        sim.foreignRules.add(sim.globus.truth.addRuleByHand(`/hdc1/others/${other}/`, SOMEBODY, 'r'));
      }
      for (let person = 10; person < 14; person += 1) {
        const principal = `d15d4244-fc10-47f3-a790-85bdb6db9a${person}` as typeof curator.principal;
        await askForPaths(sim, { ...curator, principal }, DRAFT);
      }
      leaveAllToTheSweep(sim);
    },
    after(sim) {
      must(/^(EXPIRED ?){4}$/.test(statesOf(sim)), statesOf(sim));
      mustBe(sim.globus.truth.rules.length, 20, 'rules of others');
    },
  },
  {
    name: 'a rule that nobody knows below a base path of our own is told of while young, and revoked when old',
    plays: ['F-82'],
    options: { settings: EXCLUSIVE },
    async play(sim) {
      strayRule(sim);
      await when(sim, () => timesTold(sim, 'access-rule-orphan') > 0, 400);
      mustBe(sim.globus.truth.rules.length, 1, 'rules');
      keepPace(sim);
      await when(sim, () => sim.globus.truth.rules.length === 0, 2_000);
    },
    after: (sim) => mustBe(timesTold(sim, 'access-rule-orphan-revoked'), 1, 'told of'),
  },
  {
    name: 'a rule that nobody knows below a base path of our own is not revoked under a live task of its principal',
    plays: ['F-82'],
    options: { settings: EXCLUSIVE },
    async play(sim) {
      strayRule(sim);
      const paths = [`${DIRECTORIES[DRAFT]}a`];
      sim.globus.submit({ owner: SOMEBODY, direction: 'upload', paths, pace: 2_000_000 });
      await sim.sleep(1_900);
      mustBe(sim.globus.truth.rules.length, 1, 'rules');
      await when(sim, () => sim.globus.truth.rules.length === 0, 3_000, 10);
    },
    after: (sim) => mustBe(timesTold(sim, 'access-rule-orphan-revoked'), 1, 'told of'),
  },
  {
    name: 'a rule that nobody knows where others make rules too is told of, and stays',
    plays: ['F-82'],
    async play(sim) {
      sim.foreignRules.add(sim.globus.truth.addRuleByHand(DIRECTORIES[DRAFT] ?? '', SOMEBODY, 'rw'));
      await sim.sleep(2_000);
    },
    after(sim) {
      must(timesTold(sim, 'access-rule-orphan') > 0, 'told of');
      mustBe(sim.globus.truth.rules.length, 1, 'rules');
    },
  },
];
