import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executionArn, stateMachineArn } from '../../infra/local/workflow-engine/names.ts';
import { clientFor, temporaryDatabase } from './rig.ts';

interface EngineProcess {
  client: SFNClient;
  /** Payloads of the calls of each function told so far, in order; an answer over HTTP may overtake what is told. */
  called(name: string): unknown[];
  kill(): Promise<void>;
}

let databaseFile: string;
let remove: () => void;
const children: ChildProcess[] = [];

beforeEach(() => {
  ({ databaseFile, remove } = temporaryDatabase());
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  remove();
});

/** Resolves once the process is gone and writes no file any more. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function spawnEngine(aheadSeconds: number, mode: 'hang' | 'reply'): Promise<EngineProcess> {
  const script = join(import.meta.dirname, 'engine-process.ts');
  const child = spawn(process.execPath, [script, databaseFile, String(aheadSeconds * 1_000), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const calls: { called: string; payload: unknown }[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the engine ended with ${code}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const told = JSON.parse(line);
      if ('url' in told) resolve(told.url);
      else calls.push(told);
    });
  });
  const client = clientFor(url);
  return {
    client,
    called: (name) => calls.filter(({ called }) => called === name).map(({ payload }) => payload),
    async kill() {
      client.destroy();
      await end(child);
    },
  };
}

const startIn = (engine: EngineProcess, machine: string) =>
  engine.client.send(new StartExecutionCommand({ stateMachineArn: stateMachineArn(machine), name: 'one' }));
const describeIn = (engine: EngineProcess, machine: string) =>
  engine.client.send(new DescribeExecutionCommand({ executionArn: executionArn(machine, 'one') }));
const statusIn = async (engine: EngineProcess, machine: string) => (await describeIn(engine, machine)).status;
const eventsIn = async (engine: EngineProcess, machine: string) => {
  const command = new GetExecutionHistoryCommand({ executionArn: executionArn(machine, 'one') });
  return (await engine.client.send(command)).events?.map(({ type }) => type) ?? [];
};
const eventually = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 15_000, interval: 50 });

// Up to three processes are started one after the other.
describe('after kill -9', { timeout: 120_000 }, () => {
  it('a Wait keeps its end', async () => {
    const first = await spawnEngine(0, 'reply');
    await startIn(first, 'wait');
    await eventually(() => eventsIn(first, 'wait')).toContain('WaitStateEntered');
    await first.kill();
    const second = await spawnEngine(3_000, 'reply');
    const statusBefore = await statusIn(second, 'wait');
    await second.kill();
    const third = await spawnEngine(3_600, 'reply');

    expect(statusBefore).toBe('RUNNING');
    await eventually(() => statusIn(third, 'wait')).toBe('SUCCEEDED');
    expect(await eventsIn(third, 'wait')).toEqual([
      'ExecutionStarted',
      'WaitStateEntered',
      'WaitStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('a callback task keeps its token, and its function is not called again', async () => {
    const first = await spawnEngine(0, 'reply');
    await startIn(first, 'callback');
    await eventually(() => eventsIn(first, 'callback')).toContain('TaskSubmitted');
    await eventually(async () => first.called('give').length).toBe(1);
    const { token } = first.called('give')[0] as { token: string };
    await first.kill();
    const second = await spawnEngine(0, 'reply');
    await second.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '"answered"' }));

    await eventually(() => statusIn(second, 'callback')).toBe('SUCCEEDED');
    expect((await describeIn(second, 'callback')).output).toBe('"answered"');
    expect(second.called('give')).toEqual([]);
  });

  it('a callback task keeps its time limit', async () => {
    const first = await spawnEngine(0, 'reply');
    await startIn(first, 'callback');
    await eventually(() => eventsIn(first, 'callback')).toContain('TaskSubmitted');
    await first.kill();
    const second = await spawnEngine(3_600, 'reply');

    await eventually(() => statusIn(second, 'callback')).toBe('FAILED');
    expect((await describeIn(second, 'callback')).error).toBe('States.Timeout');
  });

  it('a task that was running is run again, within the same attempt', async () => {
    const first = await spawnEngine(0, 'hang');
    await startIn(first, 'task');
    await eventually(async () => first.called('work').length).toBe(1);
    await first.kill();
    const second = await spawnEngine(0, 'reply');

    await eventually(() => statusIn(second, 'task')).toBe('SUCCEEDED');
    await eventually(async () => second.called('work')).toEqual([{}]);
    expect((await eventsIn(second, 'task')).filter((type) => type === 'TaskStarted').length).toBe(1);
  });

  it('a callback task whose function was running calls it again with the same token', async () => {
    const first = await spawnEngine(0, 'hang');
    await startIn(first, 'callback');
    await eventually(async () => first.called('give').length).toBe(1);
    await first.kill();
    const second = await spawnEngine(0, 'reply');
    await eventually(async () => second.called('give').length).toBe(1);

    expect(second.called('give')).toEqual(first.called('give'));
  });

  it('a retry keeps its time and its counter', async () => {
    const first = await spawnEngine(0, 'reply');
    await startIn(first, 'retry');
    await eventually(() => eventsIn(first, 'retry')).toContain('TaskFailed');
    await first.kill();
    const second = await spawnEngine(1_000, 'reply');
    const statusBefore = await statusIn(second, 'retry');
    const callsBefore = second.called('down').length;
    await second.kill();
    const third = await spawnEngine(1_800, 'reply');

    await eventually(() => statusIn(third, 'retry')).toBe('FAILED');
    await eventually(async () => third.called('down').length).toBe(1);
    expect({ statusBefore, callsBefore, calls: third.called('down').length }).toEqual({
      statusBefore: 'RUNNING',
      callsBefore: 0,
      calls: 1,
    });
  });
});
