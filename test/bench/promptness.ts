import { setTimeout as sleep } from 'node:timers/promises';
import { readTask } from '../support/stack-control.ts';
import { grantOne, putSourceFile, reportFiles, submitTransfer } from '../support/upload-client.ts';
import { measureEndToRegistration } from './end-to-registration.ts';
import type { Figure, Part } from './figure.ts';
import { type AddedDataset, addDatasets } from './many-datasets.ts';
import { type MeasuredStack, withStack } from './measured-stack.ts';
import { comesTo, ends, tellsOf, timesOf } from './transfer-times.ts';

const LEASE_SECONDS = 3;
const LEASES = 5;
const BYTES_PER_SECOND = 10_000;
/** As many as Globus runs at once for a user. */
const TASK_SECONDS = [1, 4, 8];
const TASK_LOOK_MILLISECONDS = 20;

/** How soon something happens once it is due: a lease ends, a task has ended. */
export const promptness: Part = {
  name: 'promptness',
  title: 'how soon what is due is done',
  async run({ signal, tell }) {
    tell('leases end …');
    const leases = await withDatasets(LEASES, { LEASE_SECONDS: String(LEASE_SECONDS) }, signal, endLeases);
    tell('short tasks end …');
    const speed = { GLOBUS_BYTES_PER_SECOND: String(BYTES_PER_SECOND) };
    const tasks = await withDatasets(TASK_SECONDS.length, speed, signal, endTasks);
    tell('tasks of each length end in virtual time …');
    const virtual = await measureEndToRegistration(signal);
    return {
      figures: [
        figure(`rule deleted after the end of a lease without report, slowest of ${LEASES}`, leases, 10),
        figure(`Globus's end to registration: tasks of ${TASK_SECONDS.join(', ')} s, slowest`, tasks, 5),
        ...virtual.map((each) => ({ ...each, what: `${each.what}, virtual time` })),
      ],
      notMeasured: [
        {
          what: 'rule deleted at most one sweep after its lease, workflow dead',
          why: 'the schedule decides it; test/end-to-end/sweep.test.ts shows that the sweep does it with the workflow killed',
        },
      ],
    };
  },
};

function figure(what: string, seconds: readonly number[], budget: number): Figure {
  return { what, value: Math.max(...seconds), unit: 's', budget };
}

function withDatasets(
  count: number,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
  measure: (stack: MeasuredStack, dataset: AddedDataset, index: number) => Promise<number>,
): Promise<readonly number[]> {
  let datasets: readonly AddedDataset[] = [];
  const prepare = (stateDirectory: string) => {
    datasets = addDatasets(stateDirectory, count);
  };
  return withStack({ environment, prepare }, signal, (stack) =>
    Promise.all(datasets.map((dataset, index) => measure(stack, dataset, index))),
  );
}

/** @returns seconds from the end of the lease until the rule is deleted */
async function endLeases(stack: MeasuredStack, { datasetId, persistentId }: AddedDataset): Promise<number> {
  const granted = await grantOne(stack, persistentId);
  const isDeleted = tellsOf('access-rule-deleted');
  const times = await timesOf(stack, granted, datasetId, isDeleted);
  // A lease counts in whole seconds from the moment that the rule is proven.
  const leaseEndsAt = Math.floor(times.first(comesTo('GRANTED')) / 1000) + LEASE_SECONDS;
  return times.first(isDeleted) / 1000 - leaseEndsAt;
}

/** @returns seconds from the end of a task until its rule is released and its files begin to be registered */
async function endTasks(stack: MeasuredStack, dataset: AddedDataset, index: number): Promise<number> {
  const { datasetId, persistentId } = dataset;
  const fileName = `bench-${index}.dat`;
  await putSourceFile(stack, `/${fileName}`, 'x'.repeat((TASK_SECONDS[index] ?? 1) * BYTES_PER_SECOND));
  const granted = await grantOne(stack, persistentId);
  const taskId = await submitTransfer(stack, [[`/${fileName}`, granted.path]]);
  const reply = await reportFiles(stack, taskId, [[granted, fileName]], persistentId);
  if (reply.status !== 200) throw new Error(`the report was refused: ${JSON.stringify(reply.body)}`);
  while ((await readTask(stack, taskId)).status === 'ACTIVE') await sleep(TASK_LOOK_MILLISECONDS);
  const endedAt = Date.now();
  const isReleased = ends('release-access-rule');
  const times = await timesOf(stack, granted, datasetId, isReleased);
  return (times.first(isReleased) - endedAt) / 1000;
}
