import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalClock, type LocalClock } from '../../infra/local/clock.ts';
import type { StateMachineDefinition } from '../../infra/local/workflow-engine/definition.ts';
import { startWorkflowEngine, type WorkflowEngine } from '../../infra/local/workflow-engine/start.ts';
import { callbackTask, clientFor, machineOf, temporaryDatabase } from './rig.ts';

const DAY = 86_400_000;
const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The engine on the clock the local stack uses. */
async function open(definition: StateMachineDefinition): Promise<{
  engine: WorkflowEngine;
  clock: LocalClock;
  start(name: string): Promise<unknown>;
}> {
  const { databaseFile, remove } = temporaryDatabase();
  const clock = createLocalClock();
  const invoke = async () => null;
  const engine = await startWorkflowEngine({
    port: 0,
    databaseFile,
    clock,
    invoke,
    stateMachines: [{ name: 'machine', definition }],
  });
  const client = clientFor(engine.url);
  cleanups.push(
    remove,
    () => engine.close(),
    () => client.destroy(),
  );
  const stateMachineArn = engine.stateMachineArn('machine');
  return { engine, clock, start: (name) => client.send(new StartExecutionCommand({ stateMachineArn, name })) };
}

/** The usual second is short for hundreds of executions on a busy machine. */
const eventually = (read: () => unknown) => expect.poll(read, { timeout: 15_000 });
const statuses = (engine: WorkflowEngine) => [...new Set(engine.executions().map(({ status }) => status))];
const lastEvents = (engine: WorkflowEngine, name: string) =>
  engine
    .history(name)
    .map(({ type }) => type)
    .at(-1);

describe('waits on a clock that is shifted', () => {
  it('a Wait of 90 days ends when the clock has moved by 90 days, not before', async () => {
    const { engine, clock, start } = await open(
      machineOf({ W: { Type: 'Wait', Seconds: 90 * 86_400, Next: 'S' }, S: { Type: 'Succeed' } }),
    );
    await start('one');
    await eventually(() => lastEvents(engine, 'one')).toBe('WaitStateEntered');
    clock.shift(89 * DAY);
    await new Promise((resolve) => setImmediate(resolve));
    const before = statuses(engine);
    clock.shift(DAY);

    await eventually(() => statuses(engine)).toEqual(['SUCCEEDED']);
    expect(before).toEqual(['RUNNING']);
    const [record] = engine.executions();
    expect((record?.stoppedAtMilliseconds ?? 0) - (record?.startedAtMilliseconds ?? 0)).toBeGreaterThanOrEqual(
      90 * DAY,
    );
  });

  it('hundreds of waiting executions go on together', async () => {
    const { engine, clock, start } = await open(
      machineOf({ W: { Type: 'Wait', Seconds: 30 * 86_400, Next: 'S' }, S: { Type: 'Succeed' } }),
    );
    await Promise.all(Array.from({ length: 300 }, (_, index) => start(`e${index}`)));
    // All of them: one that entered its Wait after the shift would wait on. Each has been started and has entered its Wait.
    await eventually(() => [...new Set(engine.executions().map(({ eventCount }) => eventCount))]).toEqual([2]);
    const before = statuses(engine);
    clock.shift(30 * DAY + 60_000);

    await eventually(() => statuses(engine)).toEqual(['SUCCEEDED']);
    expect(before).toEqual(['RUNNING']);
  });

  it.each([
    { case: 'of its own', definition: { TimeoutSeconds: 3_600 }, shift: 3_600_000 },
    { case: 'of a year when it has none', definition: {}, shift: 365 * DAY },
  ])('an execution ends at the time limit $case', async ({ definition, shift }) => {
    const { engine, clock, start } = await open({ ...machineOf({ C: callbackTask('give') }), ...definition });
    await start('one');
    await eventually(() => lastEvents(engine, 'one')).toBe('TaskSubmitted');
    clock.shift(shift - 60_000);
    await new Promise((resolve) => setImmediate(resolve));
    const before = statuses(engine);
    clock.shift(60_000);

    await eventually(() => statuses(engine)).toEqual(['TIMED_OUT']);
    expect(before).toEqual(['RUNNING']);
    expect(engine.executions()[0]?.error).toBe('States.Timeout');
    expect(lastEvents(engine, 'one')).toBe('ExecutionTimedOut');
  });
});
