import type { TaskId } from '../../../functions/domain/ids.ts';
import { globusIsSilent, listTasksLate, stopExecutions, when } from '../actors/hands.ts';
import {
  askForPaths,
  type Granted,
  reportUntilAccepted,
  reportUpload,
  submitUpload,
  upload,
} from '../actors/journeys.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DRAFT, LINKED_PRINCIPAL, PEOPLE, PUBLISHED } from '../machinery/site.ts';
import {
  callsOf,
  mustBe,
  mustBeRegistered,
  outcomesOf,
  registeredIn,
  statesOf,
  statusesOf,
  timesTold,
  transferNumber,
  wayOf,
} from './looking-back.ts';
import { at, must, type Scenario } from './scenario.ts';

const { curator, colleague } = PEOPLE;
const ONCE = { tries: 1 };
const REPORT = 'add-globus-files';

async function granted(
  sim: Simulation,
  person = curator as (typeof PEOPLE)[keyof typeof PEOPLE],
  files = 2,
): Promise<Granted> {
  const grant = await askForPaths(sim, person, DRAFT, { files });
  if (!grant) throw new Error('nothing was granted');
  return grant;
}

/** A grant and its task, and a report that nobody sends again when it fails. */
async function reportedOnce(sim: Simulation): Promise<void> {
  const grant = await granted(sim);
  const taskId = submitUpload(sim, curator, [grant]);
  await sim.sleep(1);
  await reportUpload(sim, curator, grant, taskId, { patience: ONCE });
}

function mustBeClosedOnce(sim: Simulation): void {
  mustBeRegistered(sim, DRAFT);
  mustBe(statesOf(sim), 'CLOSED', 'transfers');
}

function locksOfDraft(sim: Simulation): string {
  return sim.dataverse
    .of(DRAFT)
    .lockList.map(({ lockType }) => lockType)
    .join(' ');
}

/** F-20 to F-35: the report of an upload. */
export const REPORTING: readonly Scenario[] = [
  {
    name: 'a report that dies before it is noted is accepted when it is repeated',
    plays: ['F-20'],
    faults: [at(`${REPORT}: transfers.putNext`, 'dies-before')],
    async play(sim) {
      const done = await upload(sim, curator, { datasetId: DRAFT });
      mustBe(done?.reply.status, 200, 'reply');
    },
    after: mustBeClosedOnce,
  },
  {
    name: 'a report that dies in the middle is finished at the end of the lease though its client never comes back',
    plays: ['F-20', 'F-32'],
    faults: [at(`${REPORT}: dataverse.lock`, 'dies-after')],
    play: reportedOnce,
    after(sim) {
      mustBeClosedOnce(sim);
      mustBe(callsOf(sim, 'dataverse.lock') > 0, true, 'it was locked');
    },
  },
  {
    name: 'a report that dies after it is bound, when its execution is gone too, is followed by the sweep',
    plays: ['F-21', 'F-51'],
    faults: [at(`${REPORT}: workflow.start`, 'dies-before')],
    async play(sim) {
      const grant = await granted(sim);
      stopExecutions(sim);
      const taskId = submitUpload(sim, curator, [grant]);
      await reportUpload(sim, curator, grant, taskId, { patience: ONCE });
    },
    after(sim) {
      mustBeClosedOnce(sim);
      mustBe(timesTold(sim, 'execution-lost'), 1, 'told of');
    },
  },
  {
    name: 'a report whose start of the workflow gets no answer is accepted when it is repeated',
    plays: ['F-22'],
    faults: [at(`${REPORT}: workflow.start`, 'hangs')],
    async play(sim) {
      const done = await upload(sim, curator, { datasetId: DRAFT });
      mustBe(done?.reply.status, 200, 'reply');
    },
    after: mustBeClosedOnce,
  },
  {
    name: 'the same report gets the same answer in every state, and changes nothing',
    plays: ['F-23'],
    async play(sim) {
      const done = await upload(sim, curator, { datasetId: DRAFT, task: { pace: 30_000 } });
      if (!done) return;
      const again = () => reportUpload(sim, curator, done.granted, done.taskId);
      await again();
      await when(sim, () => statesOf(sim) === 'CLOSED');
      const { version } = transferNumber(sim, 1);
      await again();
      mustBe(transferNumber(sim, 1).version, version, 'version of the record');
    },
    after(sim) {
      mustBeClosedOnce(sim);
      mustBe(statusesOf(sim, REPORT), '200 200 200', 'replies');
    },
  },
  {
    name: 'the same task with other files, of another user, or for another dataset is refused, and the first report stands',
    plays: ['F-24'],
    async play(sim) {
      const done = await upload(sim, curator, { datasetId: DRAFT, task: { pace: 30_000 } });
      const other = await askForPaths(sim, colleague, PUBLISHED);
      if (!done || !other) return;
      const { bound } = transferNumber(sim, 1);
      const [identifier = ''] = done.granted.entries[0] ?? [];
      await reportUpload(sim, curator, done.granted, done.taskId, { identifiers: [identifier] });
      await reportUpload(sim, colleague, done.granted, done.taskId);
      await reportUpload(sim, colleague, other, done.taskId);
      await reportUpload(sim, curator, { ...done.granted, datasetId: PUBLISHED }, done.taskId);
      mustBe(JSON.stringify(sim.find(done.granted.transferId)?.bound), JSON.stringify(bound), 'the report on record');
    },
    after(sim) {
      mustBe(registeredIn(sim, DRAFT), 2, 'registered files');
      must(/^200 409 40[0349] 40[39] 40[0349]$/.test(statusesOf(sim, REPORT)), statusesOf(sim, REPORT));
      mustBe(registeredIn(sim, PUBLISHED), 0, 'registered files of the other dataset');
    },
  },
  {
    name: 'a task that Globus does not show yet is looked for once more, and accepted',
    plays: ['F-25'],
    faults: [at(`${REPORT}: globus.findTask`, 'not-found')],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT });
    },
    after(sim) {
      mustBeClosedOnce(sim);
      mustBe(statusesOf(sim, REPORT), '200', 'replies');
    },
  },
  {
    name: 'a task that Globus does not know, or may not tell of, is refused without a trace, and accepted when it can be seen',
    plays: ['F-25'],
    faults: [
      at(`${REPORT}: globus.findTask`, 'denied'),
      ...[2, 3, 4, 5].map((occurrence) => at(`${REPORT}: globus.findTask`, 'not-found', occurrence)),
    ],
    async play(sim) {
      const grant = await granted(sim);
      const taskId = submitUpload(sim, curator, [grant]);
      const { version } = transferNumber(sim, 1);
      for (const expected of [403, 404]) {
        const reply = await reportUpload(sim, curator, grant, taskId);
        mustBe(reply.status, expected, 'reply');
        mustBe(sim.claims().length + sim.lockItems().length, 0, 'claims and locks');
      }
      must(transferNumber(sim, 1).version <= version + 1, 'nothing is noted but what the workflow notes');
      await reportUntilAccepted(sim, curator, grant, taskId);
    },
    after: mustBeClosedOnce,
  },
  {
    name: 'a report while Globus is silent for hours is accepted without a lock, and registered when Globus is back',
    plays: ['F-26'],
    async play(sim) {
      const grant = await granted(sim);
      const taskId = submitUpload(sim, curator, [grant], { pace: 600_000 });
      await sim.sleep(1);
      await globusIsSilent(sim, 4 * 3_600, async () => {
        const reply = await reportUpload(sim, curator, grant, taskId);
        mustBe(reply.status, 200, 'reply');
        await sim.sleep(3 * 3_600);
        mustBe(`${locksOfDraft(sim)}${sim.globus.truth.rules.length}`, '1', 'locks and rules');
      });
    },
    after(sim) {
      mustBeClosedOnce(sim);
      mustBe(transferNumber(sim, 1).admission, 'FULL', 'admission');
    },
  },
  {
    name: 'a report that could not be checked is not turned away because a list does not show its task yet',
    plays: ['F-25', 'F-26'],
    async play(sim) {
      sim.globus.truth.people.push([curator.principal, LINKED_PRINCIPAL]);
      const grant = await granted(sim);
      listTasksLate(sim, 9.5);
      const taskId = submitUpload(sim, curator, [grant], { owner: LINKED_PRINCIPAL, pace: 20_000 });
      await globusIsSilent(sim, 3, async () => {
        mustBe((await reportUpload(sim, curator, grant, taskId)).status, 200, 'reply');
      });
      await when(sim, () => transferNumber(sim, 1).doubtedSinceEpochSeconds !== null, 60);
    },
    after(sim) {
      mustBeClosedOnce(sim);
      mustBe(transferNumber(sim, 1).rejection, null, 'rejection');
    },
  },
  {
    name: 'a lie that cannot be checked locks nothing, registers nothing, and keeps nobody from reporting their own task',
    plays: ['F-26', 'F-29'],
    async play(sim) {
      const mine = await granted(sim);
      const theirs = await granted(sim, colleague);
      const taskId = submitUpload(sim, curator, [mine], { pace: 20_000 });
      await sim.sleep(1);
      await globusIsSilent(sim, 60, async () => {
        await reportUpload(sim, colleague, theirs, taskId);
        mustBe(locksOfDraft(sim), '', 'locks');
      });
      await reportUntilAccepted(sim, curator, mine, taskId);
    },
    after(sim) {
      mustBeRegistered(sim, DRAFT);
      mustBe(statesOf(sim), 'CLOSED CLOSED', 'transfers');
      must(transferNumber(sim, 2).rejection !== null, 'the lie is turned away');
      mustBe(outcomesOf(sim, transferNumber(sim, 2)).includes('registered'), false, 'registered for the liar');
    },
  },
  {
    name: 'a task that has succeeded before its report is settled at once',
    plays: ['F-27'],
    async play(sim) {
      await upload(sim, curator, { datasetId: DRAFT, reportsAfter: 60 });
    },
    after(sim) {
      mustBeClosedOnce(sim);
      must(!wayOf(transferNumber(sim, 1)).includes('FOLLOWING'), 'there is nothing to follow');
    },
  },
  {
    name: 'a task that has failed before its report has registered what arrived, and leaves neither rule nor lock',
    plays: ['F-28'],
    async play(sim) {
      const grant = await granted(sim);
      const taskId = submitUpload(sim, curator, [grant], { pace: 10_000 });
      await sim.sleep(8);
      sim.globus.fail(taskId as TaskId, 'ENDPOINT_ERROR');
      await reportUntilAccepted(sim, curator, grant, taskId);
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED', 'transfers');
      mustBe(outcomesOf(sim, transferNumber(sim, 1)), 'not-transferred registered', 'files');
    },
  },
];
