import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import type { TransferId } from '../../functions/domain/ids.ts';
import { parseUploadReport } from '../../functions/domain/report.ts';
import { acceptReport } from '../../functions/use-cases/accept-report.ts';
import { awaitCompletion } from '../../functions/use-cases/await-completion.ts';
import { awaitReport } from '../../functions/use-cases/await-report.ts';
import { monitorTasks } from '../../functions/use-cases/monitor-tasks.ts';
import { raiseAttention } from '../../functions/use-cases/raise-attention.ts';
import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';
import { executionInput, parseStepPayload, type StepPayload } from '../../functions/workflow/payload.ts';
import { LambdaFailure } from '../../infra/local/workflow-engine/errors.ts';
import { type Outcome, openRig, type Rig, type RigFunction } from '../workflow-engine/rig.ts';
import { CURATOR, DATASET, TASK } from './builders.ts';
import { grantOfDownload, OUTWARDS, reportDownload } from './downloads.ts';
import { createWorld, grant, runStep, SETTINGS, STORE, type World } from './world.ts';

/**
 * One granted upload of two files, or a download of two, whose workflow runs in the local engine, with the time of engine and world moved on from
 * sleep to sleep.
 */
export interface VirtualUpload {
  readonly world: World;
  readonly rig: Rig;
  readonly transferId: TransferId;
  /** When Globus ends the task, in seconds after the start; never, unless told. */
  taskEndsAfterSeconds: number;
  /** Starts the execution and, ten seconds later, submits and reports the task. */
  startAndReport(): Promise<void>;
  /** The same, followed to its end; Globus ends the task so long after its submission, and the task monitor finds it within its minute. */
  uploadOf(taskSeconds: number, monitor?: 'alive' | 'dead'): Promise<Outcome>;
  /** Lets time pass until something is so. @throws Error when nothing is left to wait for */
  moveOnUntil(isSo: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** The use case behind each step function; what is next for it is the world's to say. */
const NEXT_OF_FUNCTION = {
  'end-lease': 'LEASE',
  'look-at-task': 'FOLLOW',
  'release-access-rule': 'RELEASE',
  'register-files': 'REGISTER',
  'close-transfer': 'CLOSE',
} as const;

/** After the report; a task that ends later is found by the task monitor. */
const LAST_QUICK_LOOK_SECONDS = 70;

/** What a client and Globus do for a transfer that was granted. */
interface Course {
  submit(): void;
  finish(): void;
  report(): Promise<unknown>;
}

const COURSES = { upload: grantedUpload, download: grantedDownload };

async function grantedUpload({ ports, globus }: World): Promise<Course> {
  const paths = await grant(ports);
  const files = paths.map(([storageIdentifier], index) => ({ storageIdentifier, fileName: `${index}.dat` }));
  return {
    submit: () => globus.submit(TASK),
    finish: () =>
      globus.finish(
        TASK,
        paths.map(([, path]) => path),
      ),
    report: () =>
      acceptReport(ports, SETTINGS, {
        datasetId: DATASET,
        datasetAsNamed: DATASET,
        userName: CURATOR,
        canPublish: true,
        report: parseUploadReport(JSON.stringify({ taskIdentifier: TASK, files })),
      }),
  };
}

async function grantedDownload({ ports, globus }: World): Promise<Course> {
  await grantOfDownload(ports);
  return {
    submit: () => globus.submit(TASK, OUTWARDS),
    finish: () => globus.finish(TASK, []),
    report: () => reportDownload(ports),
  };
}

/** A world with a grant in it, and an engine that stands still until the transfer is started. */
export async function openVirtualUpload(direction: keyof typeof COURSES = 'upload'): Promise<VirtualUpload> {
  const world = createWorld();
  const worldStart = world.clock.nowMilliseconds();
  /** A step may wake its own wait, over HTTP, which takes more turns of the event loop than the engine's own work. */
  let wakesUnderWay = 0;

  /** A step as the platform runs it: at the engine's time, and with its error's name for the workflow to match. */
  const asFunction =
    (step: (payload: StepPayload) => Promise<unknown>): RigFunction =>
    async (payload) => {
      catchUp();
      try {
        return await step(parseStepPayload(payload));
      } catch (error) {
        throw error instanceof Error ? new LambdaFailure(error.name, error.message) : error;
      }
    };
  const useCases = Object.entries(NEXT_OF_FUNCTION).map(([name, next]): [string, RigFunction] => [
    name,
    asFunction(({ transferId }) => runStep(world.ports, transferId, next)),
  ]);
  const functions: Record<string, RigFunction> = {
    ...Object.fromEntries(useCases),
    'await-report': asFunction(({ transferId, ...wait }) => awaitReport(world.ports, transferId, wait)),
    'await-completion': asFunction(({ transferId, ...wait }) => awaitCompletion(world.ports, transferId, wait)),
    'raise-attention': asFunction(({ transferId, reason }) => raiseAttention(world.ports, transferId, reason)),
  };
  const isBusy = () => wakesUnderWay > 0;
  const rig = await openRig({ definition: transferWorkflowDefinition as never, functions, isBusy });
  world.ports.workflow.wake = async (taskToken, result) => {
    const call = new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(result) });
    wakesUnderWay += 1;
    try {
      await rig.client.send(call);
      return 'woken';
    } catch {
      return 'gone';
    } finally {
      wakesUnderWay -= 1;
    }
  };
  const startedAtMilliseconds = rig.clock.offsetMilliseconds();
  const course = await COURSES[direction](world);
  const [record] = world.ports.transfers.records();
  if (!record) throw new Error('expected a transfer');

  /** The world's time is the engine's, and Globus has done by then what it will have done. */
  function catchUp(): void {
    const sinceStart = rig.clock.offsetMilliseconds() - startedAtMilliseconds;
    const behind = sinceStart - (world.clock.nowMilliseconds() - worldStart);
    if (behind > 0) world.clock.advance(behind);
    if (world.globus.tasks.get(TASK)?.status === 'ACTIVE' && sinceStart >= upload.taskEndsAfterSeconds * 1000) {
      course.finish();
    }
  }

  /** A minute of the task monitor. */
  async function tickMonitor(): Promise<void> {
    catchUp();
    await monitorTasks(world.ports, [STORE], { hasTime: () => true });
  }

  const upload: VirtualUpload = {
    world,
    rig,
    transferId: record.transferId,
    taskEndsAfterSeconds: Number.POSITIVE_INFINITY,
    async startAndReport() {
      await rig.start('upload', JSON.parse(executionInput(record.transferId, 1)));
      await rig.settle();
      rig.clock.shift(10_000);
      catchUp();
      course.submit();
      await course.report();
    },
    async uploadOf(taskSeconds, monitor = 'alive') {
      upload.taskEndsAfterSeconds = 10 + taskSeconds;
      await upload.startAndReport();
      if (taskSeconds <= LAST_QUICK_LOOK_SECONDS || monitor === 'dead') return rig.finish('upload');
      const tickAt = Math.ceil(upload.taskEndsAfterSeconds / 60) * 60_000;
      while (rig.clock.offsetMilliseconds() < tickAt) {
        await rig.settle();
        const isOver = rig.outcome('upload').status !== 'RUNNING';
        if (isOver || !rig.clock.moveToNextSleeper(tickAt)) rig.clock.shift(tickAt - rig.clock.offsetMilliseconds());
      }
      await rig.settle();
      await tickMonitor();
      return rig.finish('upload');
    },
    async moveOnUntil(isSo) {
      await rig.settle();
      while (!isSo()) {
        if (!rig.clock.moveToNextSleeper()) throw new Error('expected the workflow to go on');
        await rig.settle();
      }
    },
    close: () => rig.close(),
  };
  return upload;
}
