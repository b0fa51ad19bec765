import type { TaskId } from '../../../functions/domain/ids.ts';
import { monitorIsDead, stopExecutions, when } from '../actors/hands.ts';
import { askForPaths, submitUpload, upload } from '../actors/journeys.ts';
import { leaveAllToTheSweep } from '../actors/operators.ts';
import type { Submission } from '../fakes/simulated-globus.ts';
import { NO_TROUBLES } from '../machinery/options.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DRAFT, PEOPLE, PUBLISHED } from '../machinery/site.ts';
import { mustBe, mustBeRegistered, registeredIn, statesOf, timesTold, transferNumber, wayOf } from './looking-back.ts';
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

function after(sim: Simulation): void {
  mustBeRegistered(sim, DRAFT);
  mustBe(statesOf(sim), 'CLOSED', 'transfers');
}

/** Seconds from the end of a task, as Globus says it, to SETTLING. */
function secondsToSettle(sim: Simulation): number {
  const { trail, bound } = transferNumber(sim, 1);
  const endedAt = sim.globus.truth.tasks.get(bound?.taskId ?? '')?.completedAtEpochSeconds ?? 0;
  return (trail.find(({ state }) => state === 'SETTLING')?.atEpochSeconds ?? Number.POSITIVE_INFINITY) - endedAt;
}

/** F-46 to F-51: monitors, calls and executions. */
export const EXECUTIONS: readonly Scenario[] = [
  {
    name: 'an upload whose end nobody calls for, the task monitor being dead for hours, is settled by a look of its own',
    plays: ['F-46'],
    async play(sim) {
      await followed(sim, { pace: 20 * 60_000 });
      await monitorIsDead(sim, 'task-monitor', 8 * HOUR);
      mustBe(statesOf(sim), 'CLOSED', 'while the monitor is dead');
    },
    after,
  },
  {
    name: 'monitors that come twice, or only half of the time, settle everything once',
    plays: ['F-46', 'F-48'],
    options: { troubles: { ...NO_TROUBLES, doubledBeats: 1, skippedBeats: 0.5 } },
    async play(sim) {
      await followed(sim, { pace: 5 * 60_000 });
      await when(sim, () => statesOf(sim) === 'CLOSED', 3 * HOUR, 30);
    },
    after,
  },
  {
    name: 'a call that is lost is made again in the next minute',
    plays: ['F-47'],
    faults: [at('task-monitor: workflow.wake', 'fails')],
    async play(sim) {
      await followed(sim, { pace: 2 * 60_000 });
    },
    after(sim) {
      after(sim);
      must((sim.callCounts.get('task-monitor: workflow.wake') ?? 0) >= 2, 'it is called again');
      must(secondsToSettle(sim) < 130, `it is settled soon: ${secondsToSettle(sim)} s`);
    },
  },
  {
    name: 'a call that arrives twice, or for a token whose execution was stopped, is taken for done',
    plays: ['F-48', 'F-51'],
    faults: [at('task-monitor: workflow.wake', 'twice')],
    async play(sim) {
      await followed(sim, { pace: 3 * 60_000 });
      await sim.sleep(2 * 60);
      stopExecutions(sim);
    },
    after(sim) {
      after(sim);
      mustBe(transferNumber(sim, 1).executionNumber, 2, 'executions');
    },
  },
  {
    name: 'a task that ends just before the token is saved wakes its own step',
    plays: ['F-49'],
    async play(sim) {
      const taskId = await followed(sim, { pace: DAY * 1_000 });
      await when(sim, () => (sim.callCounts.get('await-completion: transfers.putNext') ?? 0) > 0, 200, 0.02);
      sim.globus.fail(taskId, 'ENDPOINT_ERROR');
    },
    after(sim) {
      mustBe(statesOf(sim), 'CLOSED', 'transfers');
      must(secondsToSettle(sim) <= 5, `it is settled at once: ${secondsToSettle(sim)} s`);
      mustBe(sim.callCounts.get('task-monitor: workflow.wake') ?? 0, 0, 'calls of the monitor');
    },
  },
  {
    name: 'an upload of more than 300 days is handed over to a second execution, and only that one goes on',
    plays: ['F-50'],
    restsWithinSeconds: 400 * DAY,
    async play(sim) {
      const taskId = await followed(sim, { pace: 60_000 });
      sim.globus.pause(taskId);
      // For ten months nobody comes but the workflow itself.
      for (const monitor of ['task-monitor', 'sweep']) sim.dead.add(monitor);
      sim.schedule.after(310 * DAY * 1_000, () => sim.dead.clear());
      sim.schedule.after(320 * DAY * 1_000, () => sim.globus.resume(taskId));
    },
    after(sim) {
      after(sim);
      mustBe(
        sim.workflow
          .executions()
          .map(({ status }) => status)
          .join(' '),
        'SUCCEEDED SUCCEEDED',
        'executions',
      );
      mustBe(transferNumber(sim, 1).executionNumber, 2, 'the execution that counts');
    },
  },
  {
    name: 'an upload whose execution is stopped by hand is followed by another one, and registered once',
    plays: ['F-51'],
    async play(sim) {
      await followed(sim, { pace: 10 * 60_000 });
      await sim.sleep(60);
      stopExecutions(sim);
    },
    after(sim) {
      after(sim);
      mustBe(timesTold(sim, 'execution-lost'), 1, 'told of');
    },
  },
  {
    name: 'with every workflow dead the sweep alone brings an upload, a silent grant and a live unreported task to their ends',
    plays: ['F-51'],
    async play(sim) {
      await followed(sim, { pace: 5 * 60_000 });
      const silent = await askForPaths(sim, colleague, PUBLISHED);
      if (silent) submitUpload(sim, colleague, [silent], { pace: 20 * 60_000 });
      await askForPaths(sim, PEOPLE.operator, DRAFT);
      leaveAllToTheSweep(sim);
    },
    after(sim) {
      mustBe(statesOf(sim).split(' ').toSorted().join(' '), 'CLOSED EXPIRED EXPIRED', 'transfers');
      mustBe(registeredIn(sim, DRAFT), 2, 'registered files');
      must(timesTold(sim, 'step-performed-by-sweep') > 0, 'the sweep did the work');
      must(wayOf(transferNumber(sim, 3)).includes('OBSERVED'), 'the unreported task kept its rule');
    },
  },
];
