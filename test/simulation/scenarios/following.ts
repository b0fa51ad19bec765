import type { TaskId } from '../../../functions/domain/ids.ts';
import { send } from '../actors/client.ts';
import { changeTask, forgetTask, globusIsSilent, holdUp, misreadTask, when } from '../actors/hands.ts';
import { upload } from '../actors/journeys.ts';
import type { Submission } from '../fakes/simulated-globus.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DRAFT, PEOPLE, PUBLISHED } from '../machinery/site.ts';
import {
  callsOf,
  mustBe,
  mustBeRegistered,
  outcomesOf,
  registeredIn,
  statesOf,
  timesTold,
  transferNumber,
} from './looking-back.ts';
import { at, must, type Scenario } from './scenario.ts';

const { curator, colleague } = PEOPLE;
const HOUR = 3_600;
const DAY = 24 * HOUR;

/** An upload of two files that has been accepted and is being followed. */
async function followed(sim: Simulation, task: Partial<Submission>, person = curator): Promise<TaskId> {
  const done = await upload(sim, person, { datasetId: DRAFT, task });
  if (done?.reply.status !== 200) throw new Error('the report was not accepted');
  return done.taskId as TaskId;
}

function mustBeHeld(sim: Simulation): void {
  mustBe(sim.globus.truth.rules.length, 1, 'rules');
  mustBe(sim.dataverse.of(DRAFT).lockList[0]?.lockType, 'GlobusUpload', 'the lock');
}

function after(sim: Simulation): void {
  mustBeRegistered(sim, DRAFT);
  mustBe(statesOf(sim), 'CLOSED', 'transfers');
}

/** F-36 to F-45: what Globus says of a task, and what it means. */
export const FOLLOWING: readonly Scenario[] = [
  {
    name: 'a status call that fails, hangs or is refused ends nothing',
    plays: ['F-36'],
    faults: [
      at('look-at-task: globus.findTask', 'fails'),
      at('look-at-task: globus.findTask', 'hangs', 2),
      at('look-at-task: globus.findTask', 'not-found', 3),
      at('look-at-task: globus.findTask', 'denied', 4),
    ],
    async play(sim) {
      await followed(sim, { pace: 60_000 });
      await sim.sleep(60);
      mustBeHeld(sim);
    },
    after,
  },
  {
    name: 'a task of a status that nobody knows is live for as long as it has it',
    plays: ['F-36'],
    async play(sim) {
      const taskId = await followed(sim, { pace: 30_000 });
      changeTask(sim, taskId, { status: 'UNKNOWN' });
      await sim.sleep(2 * DAY);
      mustBeHeld(sim);
      changeTask(sim, taskId, { status: 'ACTIVE' });
      sim.globus.resume(taskId);
    },
    after,
  },
  {
    name: 'an upload that goes on while Globus is silent for hours keeps rule and lock, and is registered afterwards',
    plays: ['F-36'],
    async play(sim) {
      await followed(sim, { pace: HOUR * 1_000 });
      await globusIsSilent(sim, 6 * HOUR, async () => {
        await sim.sleep(5 * HOUR);
        mustBeHeld(sim);
      });
    },
    after,
  },
  {
    name: 'a meter that refuses most calls delays all transfers and forgets none',
    plays: ['F-38'],
    async play(sim) {
      await followed(sim, { pace: 20_000 });
      await upload(sim, colleague, { datasetId: PUBLISHED, task: { pace: 20_000 } });
      await holdUp(sim, 'the meter refuses', async () => {
        sim.globus.callsPerWindow = 2;
        await sim.sleep(10 * 60);
        sim.globus.callsPerWindow = 200;
      });
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED CLOSED', 'transfers');
      mustBe(registeredIn(sim, DRAFT) + registeredIn(sim, PUBLISHED), 4, 'registered files');
    },
  },
  {
    name: 'one task that Globus refuses to tell of keeps no other from being called in the same minute',
    plays: ['F-39'],
    faults: [at('task-monitor: globus.findTask', 'denied')],
    async play(sim) {
      const one = await followed(sim, { pace: DAY * 1_000 });
      const other = await upload(sim, colleague, { datasetId: PUBLISHED, task: { pace: DAY * 1_000 } });
      await sim.sleep(10 * 60);
      for (const taskId of [one, other?.taskId]) sim.globus.fail(taskId as TaskId, 'ENDPOINT_ERROR');
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED CLOSED', 'transfers');
      mustBe(timesTold(sim, 'task-not-confirmed'), 1, 'told of');
      const monitored = sim.log.filter((line) => line.includes('"task-monitor"') && line.includes('"called":1'));
      must(
        monitored.some((line) => line.includes('"failed":1')),
        'one failed, the other was called',
      );
    },
  },
  {
    name: 'a task that Globus has forgotten keeps rule and lock, an operator is asked after a day, and it goes on when it is back',
    plays: ['F-40'],
    async play(sim) {
      const taskId = await followed(sim, { pace: 10 * HOUR * 1_000 });
      await sim.sleep(HOUR);
      const comesBack = forgetTask(sim, taskId);
      await sim.sleep(20 * HOUR);
      mustBe(statesOf(sim), 'FOLLOWING', 'before a day is over');
      await when(sim, () => statesOf(sim) === 'ATTENTION', 4 * DAY, 600);
      mustBeHeld(sim);
      comesBack();
    },
    after(sim) {
      after(sim);
      must(timesTold(sim, 'transfer-needs-attention') > 0, 'an operator is told');
    },
  },
  ...(['pause', 'suspend'] as const).map(
    (deed): Scenario => ({
      name: `a task that is ${deed === 'pause' ? 'paused' : 'INACTIVE'} for days keeps rule and lock, and is registered when it has gone on`,
      plays: ['F-41'],
      async play(sim) {
        const taskId = await followed(sim, { pace: 60_000 });
        sim.globus[deed](taskId);
        await sim.sleep(9 * DAY);
        mustBe(statesOf(sim), 'FOLLOWING', 'transfers');
        mustBeHeld(sim);
        sim.globus.resume(taskId);
      },
      after,
    }),
  ),
  {
    name: 'a task that is ACTIVE with an error in words is live',
    plays: ['F-42'],
    async play(sim) {
      const taskId = await followed(sim, { pace: DAY * 1_000 });
      changeTask(sim, taskId, { niceStatus: 'ENDPOINT_ERROR', faults: 900 });
      await sim.sleep(20 * HOUR);
      mustBe(statesOf(sim), 'FOLLOWING', 'transfers');
      mustBeHeld(sim);
    },
    after,
  },
  {
    name: 'a task queued for days behind three others of its owner keeps rule and lock until its turn has come',
    plays: ['F-43'],
    async play(sim) {
      for (let other = 1; other <= 3; other += 1) {
        const paths = [`/hdc1/elsewhere/${other}/a`, `/hdc1/elsewhere/${other}/b`];
        const basePath = `/hdc1/elsewhere/${other}/`;
        sim.globus.submit({
          owner: curator.principal,
          direction: 'download',
          paths,
          pace: 2 * DAY * 1_000,
          basePath,
          skipsErrors: true,
        });
      }
      await sim.sleep(3);
      await followed(sim, { pace: 1_000 });
      await sim.sleep(3 * DAY);
      mustBe(sim.globus.truth.tasks.get('aaaaaaaa-0000-4000-8000-000000000004')?.filesTransferred, 0, 'files');
      mustBeHeld(sim);
    },
    after,
  },
  {
    name: 'a task of ninety days is followed to its end, in few transitions',
    plays: ['F-43', 'F-50'],
    async play(sim) {
      await followed(sim, { pace: 45 * DAY * 1_000 });
    },
    after(sim) {
      after(sim);
      mustBe(sim.workflow.executions().length, 1, 'executions');
      must((sim.workflow.executions()[0]?.eventCount ?? 0) < 2_000, 'its history is short');
    },
  },
  {
    name: 'an upload that its owner cancels at Globus registers nothing, and leaves neither rule nor lock',
    plays: ['F-44'],
    async play(sim) {
      const taskId = await followed(sim, { pace: 30_000 });
      await sim.sleep(40);
      sim.globus.cancel(taskId);
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED', 'transfers');
      mustBe(registeredIn(sim, DRAFT), 0, 'registered files');
      mustBe(transferNumber(sim, 1).outcome?.cancelled, true, 'cancelled');
    },
  },
  {
    name: 'an upload that is cancelled by our own call ends as Globus says, and registers nothing',
    plays: ['F-44'],
    async play(sim) {
      await followed(sim, { pace: 30_000 });
      const { transferId } = transferNumber(sim, 1);
      const reply = await send(sim, curator, { functionName: 'cancel-transfer', transferId });
      mustBe(reply.status, 200, 'reply');
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED', 'transfers');
      mustBe(registeredIn(sim, DRAFT), 0, 'registered files');
      mustBe(transferNumber(sim, 1).outcome?.cancelled, true, 'cancelled');
      mustBe(callsOf(sim, 'globus.cancelTask'), 1, 'cancel calls');
    },
  },
  {
    name: 'an upload that is cancelled has what had arrived registered where operators want it so',
    plays: ['F-44'],
    options: { settings: { registerCancelled: true } },
    async play(sim) {
      const taskId = await followed(sim, { pace: 30_000 });
      await sim.sleep(10);
      sim.globus.cancel(taskId);
    },
    after: (sim) => mustBe(outcomesOf(sim, transferNumber(sim, 1)), 'not-transferred registered', 'files'),
  },
  {
    name: 'a SUCCEEDED that the second read does not confirm is no end',
    plays: ['F-45'],
    async play(sim) {
      await followed(sim, { pace: 60_000 });
      misreadTask(
        sim,
        (read) => read === 1,
        (truth) => truth && { ...truth, status: 'SUCCEEDED', completedAtEpochSeconds: sim.nowSeconds() },
      );
      await sim.sleep(60);
      mustBe(statesOf(sim), 'FOLLOWING', 'transfers');
      mustBeHeld(sim);
    },
    after(sim) {
      after(sim);
      mustBe(timesTold(sim, 'task-status-disagrees'), 1, 'told of');
    },
  },
];
