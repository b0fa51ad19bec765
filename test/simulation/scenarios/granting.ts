import { when } from '../actors/hands.ts';
import { askForPaths, reportUntilAccepted, reportUpload, submitUpload, upload } from '../actors/journeys.ts';
import { NO_TROUBLES } from '../machinery/options.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DRAFT, PEOPLE } from '../machinery/site.ts';
import {
  callsOf,
  mustBe,
  mustBeRegistered,
  registeredIn,
  secondsUntil,
  statesOf,
  statusesOf,
  timesTold,
  transferNumber,
} from './looking-back.ts';
import { at, must, type Scenario } from './scenario.ts';

const { curator } = PEOPLE;
const ONCE = { tries: 1 };
const GRANT = 'request-globus-upload-paths';

/** Bytes of the answers with paths, each different one once. */
function differentAnswers(sim: Simulation): number {
  return new Set(
    sim.answers.filter(({ functionName, status }) => functionName === GRANT && status === 200).map(({ body }) => body),
  ).size;
}

/** F-01 to F-04 and F-08 to F-11: from the request for paths to the access rule. */
export const GRANTING: readonly Scenario[] = [
  {
    name: 'a grant that dies before it has written anything leaves nothing, and its repetition is a grant like any other',
    plays: ['F-01'],
    faults: [at(`${GRANT}: transfers.putNew`, 'dies-before')],
    async play(sim) {
      await askForPaths(sim, curator, DRAFT, { patience: ONCE });
      must(
        sim.records().length === 0 && sim.rows().length === 0 && sim.globus.truth.rules.length === 0,
        'nothing is left',
      );
      await upload(sim, curator, { datasetId: DRAFT });
    },
    after: (sim) => {
      mustBeRegistered(sim, DRAFT);
      mustBe(statesOf(sim), 'CLOSED', 'transfers');
    },
  },
  {
    name: 'a grant that dies before its rule is made expires, but not before a call on its way could have landed',
    plays: ['F-02'],
    faults: [at(`${GRANT}: globus.createAccessRule`, 'dies-before')],
    async play(sim) {
      await askForPaths(sim, curator, DRAFT, { patience: ONCE });
      await sim.sleep(290);
      mustBe(statesOf(sim), 'REQUESTED', 'while the call may land');
    },
    after(sim) {
      mustBe(statesOf(sim), 'EXPIRED', 'transfers');
      must(secondsUntil(transferNumber(sim, 1), 'EXPIRED') > 300, 'it waits until no call can land any more');
    },
  },
  {
    name: 'a create call that lands after its worker died makes a rule that is found and removed',
    plays: ['F-02', 'F-04'],
    faults: [at(`${GRANT}: globus.createAccessRule`, 'dies-late')],
    async play(sim) {
      await askForPaths(sim, curator, DRAFT, { patience: ONCE });
    },
    after(sim) {
      mustBe(statesOf(sim), 'EXPIRED', 'transfers');
      must(callsOf(sim, 'globus.deleteAccessRule') > 0, 'the rule is deleted');
      must(secondsUntil(transferNumber(sim, 1), 'EXPIRED') > 300, 'it waits until no call can land any more');
    },
  },
  {
    name: 'a grant that died before its rule was made goes on when it is asked for again with its Idempotency-Key',
    plays: ['F-02'],
    faults: [at(`${GRANT}: globus.createAccessRule`, 'dies-before')],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT, idempotencyKey: 'one' });
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(sim.records().length, 1, 'transfers');
    },
  },
  {
    name: 'a rule whose id was never saved is adopted by the repeated request',
    plays: ['F-03'],
    faults: [at(`${GRANT}: globus.createAccessRule`, 'dies-after')],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT, idempotencyKey: 'one' });
      mustBe(
        sim.globus.truth.rules.map(({ ruleId }) => ruleId).join(),
        'rule-1',
        'the rules, of which none was made anew',
      );
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(sim.records().length, 1, 'transfers');
    },
  },
  {
    name: 'a rule whose id was never saved is revoked at the end of the lease when nobody asks again',
    plays: ['F-03'],
    faults: [at(`${GRANT}: globus.createAccessRule`, 'dies-after')],
    async play(sim) {
      await askForPaths(sim, curator, DRAFT, { patience: ONCE });
      mustBe(sim.globus.truth.rules.length, 1, 'rules');
    },
    after(sim) {
      mustBe(statesOf(sim), 'EXPIRED', 'transfers');
      must(callsOf(sim, 'globus.deleteAccessRule') > 0, 'the rule is deleted');
    },
  },
  {
    name: 'a create call whose answer is lost is looked up, and its rule used, in the same request',
    plays: ['F-04'],
    faults: [at(`${GRANT}: globus.createAccessRule`, 'lost')],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT });
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(statusesOf(sim, GRANT), '200', 'replies');
      mustBe(timesTold(sim, 'access-rule-create-unclear'), 1, 'told of');
    },
  },
  {
    name: 'a create call that lands long after its time limit leaves one rule, which goes with the transfer',
    plays: ['F-04'],
    faults: [at(`${GRANT}: globus.createAccessRule`, 'late')],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT, idempotencyKey: 'one' });
      must(sim.globus.truth.rules.length <= 1, 'there is at most one rule');
    },
    after: (sim) => mustBeRegistered(sim, DRAFT),
  },
  {
    name: 'a directory that cannot be made now is a 503 without a rule, and the same request goes on later',
    plays: ['F-08'],
    faults: [at(`${GRANT}: globus.makeDirectory`, 'fails'), at(`${GRANT}: globus.makeDirectory`, 'fails', 2)],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT, { patience: ONCE, idempotencyKey: 'one' });
      must(granted === undefined && sim.globus.truth.rules.length === 0, 'no rule is made');
      await upload(sim, curator, { datasetId: DRAFT, idempotencyKey: 'one' });
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(statusesOf(sim, GRANT), '503 200', 'replies');
    },
  },
  {
    name: 'a grant whose reply was lost answers its Idempotency-Key with the same paths again',
    plays: ['F-09'],
    options: { troubles: { ...NO_TROUBLES, lostReplies: 1 } },
    async play(sim) {
      const lost = await askForPaths(sim, curator, DRAFT, { patience: ONCE, idempotencyKey: 'one' });
      must(lost === undefined, 'the reply is lost');
      sim.calm();
      await upload(sim, curator, { datasetId: DRAFT, idempotencyKey: 'one' });
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(differentAnswers(sim), 1, 'different answers');
      mustBe(callsOf(sim, 'globus.createAccessRule'), 1, 'create calls');
    },
  },
  {
    name: 'a double tab with one Idempotency-Key gets one grant twice, and both tabs may report it',
    plays: ['F-10', 'F-23'],
    async play(sim) {
      const ask = () => askForPaths(sim, curator, DRAFT, { idempotencyKey: 'one' });
      const [granted] = await Promise.all([ask(), ask()]);
      if (!granted) throw new Error('nothing was granted');
      const taskId = submitUpload(sim, curator, [granted], { pace: 10_000 });
      const report = () => reportUntilAccepted(sim, curator, granted, taskId);
      await Promise.all([report(), report()]);
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(differentAnswers(sim), 1, 'different answers');
      mustBe(sim.records().length, 1, 'transfers');
      mustBe(callsOf(sim, 'globus.createAccessRule'), 1, 'create calls');
    },
  },
  {
    name: 'a dataset that is destroyed while paths are given out takes no report, and its rule goes with the lease',
    plays: ['F-11'],
    async play(sim) {
      const asking = askForPaths(sim, curator, DRAFT);
      await when(sim, () => sim.rows().length > 0, 30, 0.02);
      sim.dataverse.destroy(DRAFT);
      const granted = await asking;
      if (!granted) return;
      await reportUpload(sim, curator, granted, submitUpload(sim, curator, [granted]));
    },
    after(sim) {
      mustBe(`${statusesOf(sim, GRANT)}, ${statusesOf(sim, 'add-globus-files')}`, '200, 404', 'replies');
      mustBe(statesOf(sim), 'EXPIRED', 'transfers');
      mustBe(registeredIn(sim, DRAFT), 0, 'registered files');
    },
  },
  {
    name: 'whoever loses the right to edit gets no more paths, cannot report, and loses the rule',
    plays: ['F-11'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT);
      sim.dataverse.of(DRAFT).canEdit = false;
      if (granted) await reportUpload(sim, curator, granted, submitUpload(sim, curator, [granted]));
      await askForPaths(sim, curator, DRAFT);
    },
    after(sim) {
      mustBe(`${statusesOf(sim, GRANT)}, ${statusesOf(sim, 'add-globus-files')}`, '200 403, 403', 'replies');
      mustBe(statesOf(sim), 'EXPIRED', 'transfers');
    },
  },
];
