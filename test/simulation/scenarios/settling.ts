import type { TaskId } from '../../../functions/domain/ids.ts';
import { send } from '../actors/client.ts';
import { holdUpNextList, listTasksLate, makeRuleByHand, overtakeNextRowWrite, when } from '../actors/hands.ts';
import { askForPaths, reportUntilAccepted, submitUpload, upload } from '../actors/journeys.ts';
import type { Submission } from '../fakes/simulated-globus.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DIRECTORIES, DRAFT, PEOPLE, type Person } from '../machinery/site.ts';
import {
  callsOf,
  mustBe,
  mustBeRegistered,
  outcomesOf,
  reasonsOf,
  registeredIn,
  statesOf,
  timesTold,
  transferNumber,
  wayOf,
} from './looking-back.ts';
import { at, must, type Scenario } from './scenario.ts';

const { curator, colleague, operator } = PEOPLE;
const DAY = 86_400;
const RELEASE = 'release-access-rule';
const REQUEST = 'request-globus-upload-paths';

async function followed(sim: Simulation, task: Partial<Submission> = {}, files = 2): Promise<TaskId> {
  const done = await upload(sim, curator, { datasetId: DRAFT, files, task });
  if (done?.reply.status !== 200) throw new Error('the report was not accepted');
  return done.taskId as TaskId;
}

function ruleOf(sim: Simulation, person: Person = curator) {
  return sim.globus.ruleOf(DIRECTORIES[DRAFT] ?? '', person.principal);
}

function after(sim: Simulation): void {
  mustBeRegistered(sim, DRAFT);
  mustBe(statesOf(sim), 'CLOSED', 'transfers');
}

/** An upload whose task has ended: right after the look before its rule goes, a second task is submitted that no list shows yet. */
async function settledWhileATaskSlipsIn(sim: Simulation): Promise<void> {
  const grant = await askForPaths(sim, curator, DRAFT, { files: 1 });
  if (!grant) return;
  listTasksLate(sim, 9.5);
  await reportUntilAccepted(sim, curator, grant, submitUpload(sim, curator, [grant], { pace: 30_000 }));
  await when(sim, () => callsOf(sim, 'globus.listLiveTasks') > 0, 600, 0.005);
  must(ruleOf(sim) !== undefined, 'the rule stands');
  submitUpload(sim, curator, [grant], { pace: 60_000 });
}

/** F-52 to F-61: the rule goes, and what arrived is told from what did not. */
export const SETTLING: readonly Scenario[] = [
  {
    name: 'an upload whose every settling step dies once after its effect is settled, with nothing done twice',
    plays: ['F-52', 'F-70'],
    faults: [
      at('look-at-task: transfers.putNext', 'dies-after', 2),
      at(`${RELEASE}: globus.deleteAccessRule`, 'dies-after'),
      at(`${RELEASE}: rules.removeExactly`, 'dies-after'),
      at('register-files: dataverse.lock', 'dies-after'),
      at('register-files: dataverse.unlock', 'dies-after'),
      at('register-files: dataverse.addFiles', 'dies-after'),
      at('close-transfer: transfers.putNext', 'dies-after', 2),
    ],
    async play(sim) {
      await followed(sim);
    },
    after,
  },
  {
    name: 'a rule that is gone when it is to be revoked counts as revoked',
    plays: ['F-53', 'F-57'],
    async play(sim) {
      await followed(sim, { pace: 10_000 });
      await when(sim, () => statesOf(sim) === 'SETTLING', 300, 0.01);
      const rule = ruleOf(sim);
      must(rule !== undefined, 'it is not revoked yet');
      sim.circumstances.handsOnRules = true;
      if (rule) sim.globus.deleteRuleByHand(rule.ruleId);
    },
    after(sim) {
      after(sim);
      must(
        sim.log.some((line) => line.includes('"access-rule-deleted"') && line.includes('"outcome":"missing"')),
        'the 404 is taken for done',
      );
      mustBe(callsOf(sim, 'globus.createAccessRule'), 1, 'create calls');
    },
  },
  ...(['fails', 'hangs', 'lost', 'late'] as const).map((kind): Scenario => {
    const what = { fails: 'fails', hangs: 'gets no answer', lost: 'loses its answer', late: 'lands minutes later' }[
      kind
    ];
    return {
      name: `a deletion that ${what} is repeated until it is proven, and registration waits for that`,
      plays: ['F-54'],
      faults: [at(`${RELEASE}: globus.deleteAccessRule`, kind)],
      async play(sim) {
        await followed(sim);
        await when(sim, () => sim.faults.met.length > 0, 300, 0.1);
        while (ruleOf(sim)) {
          mustBe(registeredIn(sim, DRAFT), 0, 'registered while the rule stands');
          await sim.sleep(0.1);
        }
      },
      after,
    };
  }),
  {
    name: 'a deletion that lands minutes later takes no rule of the next grant with it',
    plays: ['F-54'],
    faults: [at(`${RELEASE}: globus.deleteAccessRule`, 'late')],
    async play(sim) {
      await followed(sim);
      await when(sim, () => statesOf(sim) === 'CLOSED', 300, 0.5);
      const again = await upload(sim, curator, { datasetId: DRAFT, task: { pace: 200_000 } });
      mustBe(again?.reply.status, 200, 'reply');
      await sim.sleep(240);
      mustBe(sim.effectsOnTheirWay, 0, 'calls on their way');
      must(ruleOf(sim) !== undefined, 'the rule stands');
    },
    after: (sim) => mustBeRegistered(sim, DRAFT, 4),
  },
  {
    name: 'of two live uploads of one identity the first to end leaves the rule to the second, which takes it along',
    plays: ['F-55', 'F-56'],
    async play(sim) {
      await followed(sim, { pace: 20_000 });
      const second = await askForPaths(sim, curator, DRAFT);
      if (!second) return;
      const taskId = submitUpload(sim, curator, [second], { pace: 400_000 });
      await when(sim, () => transferNumber(sim, 1).state === 'CLOSED');
      await reportUntilAccepted(sim, curator, second, taskId);
      must(ruleOf(sim) !== undefined, 'the rule stands');
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT, 4);
      const calls = ['createAccessRule', 'deleteAccessRule'].map((call) => callsOf(sim, `globus.${call}`));
      mustBe(calls.join(' '), '1 1', 'create and delete calls');
    },
  },
  {
    name: 'a task that slips in between look and deletion of a settled upload gets its rule back, and is counted',
    plays: ['F-15'],
    async play(sim) {
      await settledWhileATaskSlipsIn(sim);
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED EXPIRED', 'transfers');
      mustBe(transferNumber(sim, 1).breaches, 1, 'breaches');
    },
  },
  {
    name: 'a task that slips in gets its rule back though a grant took the row over just then, and was refused',
    plays: ['F-15', 'F-07'],
    faults: [at(`${REQUEST}: globus.createAccessRule`, 'slow', 2)],
    async play(sim) {
      await settledWhileATaskSlipsIn(sim);
      holdUpNextList(sim, () => sim.rows()[0]?.state === 'CREATING');
      await when(sim, () => ruleOf(sim) === undefined, 60, 0.005);
      const { ruleLimit } = sim.globus.truth;
      sim.globus.truth.ruleLimit = 0;
      await askForPaths(sim, curator, DRAFT, { patience: { tries: 1 } });
      sim.globus.truth.ruleLimit = ruleLimit;
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED EXPIRED', 'transfers');
      mustBe(
        [...sim.globus.truth.tasks.values()].map(({ status }) => status).join(' '),
        'SUCCEEDED SUCCEEDED',
        'tasks',
      );
    },
  },
  {
    name: 'a rule that is made while the list of the release before it is still on its way counts as ours',
    plays: ['F-15', 'F-82'],
    async play(sim) {
      const first = await askForPaths(sim, curator, DRAFT, { files: 1 });
      if (!first) return;
      await reportUntilAccepted(sim, curator, first, submitUpload(sim, curator, [first], { pace: 30_000 }));
      await when(sim, () => callsOf(sim, 'globus.deleteAccessRule') > 0, 600, 0.005);
      holdUpNextList(sim, () => ruleOf(sim) !== undefined && sim.rows()[0]?.state !== 'DELETING');
      await when(sim, () => ruleOf(sim) === undefined, 60, 0.005);
      const second = await askForPaths(sim, curator, DRAFT, { files: 1 });
      if (!second) return;
      await reportUntilAccepted(sim, curator, second, submitUpload(sim, curator, [second]));
    },
    after: (sim) => mustBeRegistered(sim, DRAFT, 2),
  },
  {
    name: 'a task that nobody reported keeps a shared rule also when the last holder was granted long after its submission',
    plays: ['F-14', 'F-55'],
    async play(sim) {
      const first = await askForPaths(sim, curator, DRAFT, { files: 1 });
      if (!first) return;
      const taskId = submitUpload(sim, curator, [first], { pace: 400_000 });
      submitUpload(sim, curator, [first], { pace: 2_000_000 });
      await reportUntilAccepted(sim, curator, first, taskId);
      await sim.sleep(200);
      const second = await askForPaths(sim, curator, DRAFT, { files: 1 });
      if (!second) return;
      await when(sim, () => transferNumber(sim, 1).state === 'CLOSED');
      await reportUntilAccepted(sim, curator, second, submitUpload(sim, curator, [second]));
    },
    after: (sim) => mustBe(statesOf(sim), 'CLOSED CLOSED EXPIRED', 'transfers'),
  },
  {
    name: 'a task that nobody reported keeps the rule though the last but one holder lets go in the middle of the release',
    plays: ['F-14', 'F-55'],
    async play(sim) {
      const grants = [
        await askForPaths(sim, curator, DRAFT, { files: 1 }),
        await askForPaths(sim, curator, DRAFT, { files: 1 }),
      ];
      const [first, second] = grants;
      if (!first || !second) return;
      submitUpload(sim, curator, [first], { pace: 900_000 });
      const taskId = submitUpload(sim, curator, [first, second], { pace: 2_000 });
      await Promise.all([
        reportUntilAccepted(sim, curator, first, taskId),
        reportUntilAccepted(sim, curator, second, taskId),
      ]);
      overtakeNextRowWrite(sim);
    },
    after: (sim) => must(statesOf(sim).includes('EXPIRED'), `a third transfer observes the task: ${statesOf(sim)}`),
  },
  {
    name: 'two identities on one path have a rule each, and each goes with its own transfer',
    plays: ['F-55'],
    async play(sim) {
      await followed(sim, { pace: 10_000 });
      await askForPaths(sim, colleague, DRAFT);
      mustBe(sim.globus.truth.rules.length, 2, 'rules');
      await when(sim, () => transferNumber(sim, 1).state === 'CLOSED');
      must(ruleOf(sim) === undefined && ruleOf(sim, colleague) !== undefined, "the colleague's is left");
    },
    after: (sim) => mustBe(statesOf(sim), 'CLOSED EXPIRED', 'transfers'),
  },
  {
    name: 'a rule that is deleted by hand under a live task is made again, with an alarm, and the upload succeeds',
    plays: ['F-57'],
    async play(sim) {
      await followed(sim, { pace: 1_000_000 });
      const rule = ruleOf(sim);
      sim.circumstances.handsOnRules = true;
      if (rule) sim.globus.deleteRuleByHand(rule.ruleId);
      await when(sim, () => ruleOf(sim) !== undefined, 700);
    },
    after(sim) {
      after(sim);
      must(timesTold(sim, 'access-rule-missing') > 0, 'told of');
      mustBe(callsOf(sim, 'globus.createAccessRule'), 2, 'create calls');
    },
  },
  {
    name: 'a rule that is changed by hand raises the alarm, is not changed back, and goes at the end',
    plays: ['F-58'],
    async play(sim) {
      await followed(sim, { pace: 1_000_000 });
      const rule = ruleOf(sim);
      sim.circumstances.handsOnRules = true;
      if (rule) sim.globus.changeRuleByHand(rule.ruleId, 'r');
      await when(sim, () => timesTold(sim, 'access-rule-changed') > 0, 700);
      mustBe(ruleOf(sim)?.permission, 'r', 'the rule');
      if (rule) sim.globus.changeRuleByHand(rule.ruleId, 'rw');
    },
    after(sim) {
      after(sim);
      mustBe(callsOf(sim, 'globus.updateAccessRule'), 0, 'calls that change a rule');
    },
  },
  {
    name: 'a rule that somebody makes by hand beside ours stays when ours goes',
    plays: ['F-58'],
    async play(sim) {
      await followed(sim, { pace: 60_000 });
      makeRuleByHand(sim, DRAFT, colleague.principal, 'r');
    },
    after(sim) {
      after(sim);
      mustBe(sim.globus.truth.rules.length, 1, 'rules, the one made by hand');
    },
  },
  {
    name: 'an upload that passes over a file has the others registered, and that one listed with the reason of Globus',
    plays: ['F-59'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT, { files: 3 });
      if (!granted) return;
      const [, missing = ''] = granted.entries[1] ?? [];
      const taskId = submitUpload(sim, curator, [granted], { missing: [missing], skipsErrors: true });
      await reportUntilAccepted(sim, curator, granted, taskId);
    },
    after(sim) {
      mustBe(outcomesOf(sim, transferNumber(sim, 1)), 'not-transferred registered registered', 'files');
      mustBe(reasonsOf(sim, transferNumber(sim, 1)), 'FILE_NOT_FOUND', 'the reason');
    },
  },
  {
    name: 'an upload whose list of files Globus has deleted waits for an operator, who gives it up; nothing is guessed',
    plays: ['F-60'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT);
      if (!granted) return;
      const taskId = submitUpload(sim, curator, [granted]);
      await sim.sleep(31 * DAY);
      await reportUntilAccepted(sim, curator, granted, taskId);
      await when(sim, () => statesOf(sim).endsWith('ATTENTION'), DAY, 10);
      mustBe(registeredIn(sim, DRAFT), 0, 'registered files');
      const { transferId } = transferNumber(sim, 2);
      const reply = await send(sim, operator, { functionName: 'release-transfer', transferId });
      mustBe(reply.status, 200, 'reply');
    },
    after(sim) {
      mustBe(statesOf(sim), 'EXPIRED CLOSED', 'transfers');
      mustBe(registeredIn(sim, DRAFT), 0, 'registered files');
      must(wayOf(transferNumber(sim, 2)).includes('ATTENTION SETTLING CLOSED'), wayOf(transferNumber(sim, 2)));
    },
  },
  {
    name: 'a file that was moved and not reported is not registered',
    plays: ['F-61'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT, { files: 3 });
      if (!granted) return;
      const taskId = submitUpload(sim, curator, [granted]);
      await reportUntilAccepted(sim, curator, { ...granted, entries: granted.entries.slice(0, 2) }, taskId);
    },
    after,
  },
  {
    name: 'a file that was reported and not moved is not registered, and says so',
    plays: ['F-61'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT, { files: 3 });
      if (!granted) return;
      const taskId = submitUpload(sim, curator, [{ ...granted, entries: granted.entries.slice(0, 2) }]);
      await reportUntilAccepted(sim, curator, granted, taskId);
    },
    after(sim) {
      after(sim);
      mustBe(outcomesOf(sim, transferNumber(sim, 1)), 'not-transferred registered registered', 'files');
    },
  },
];
