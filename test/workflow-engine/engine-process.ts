import { createLocalClock } from '../../infra/local/clock.ts';
import { LambdaFailure } from '../../infra/local/workflow-engine/errors.ts';
import { startWorkflowEngine } from '../../infra/local/workflow-engine/start.ts';
import { callbackTask, machineOf, task } from './rig.ts';

/**
 * An engine in a process of its own, to be killed. Arguments: database file, milliseconds by which its clock is ahead, and
 * `hang` or `reply` for what the functions `work` and `give` do. Writes one JSON object a line: its url, then every call of a function.
 */
const [databaseFile = '', aheadMilliseconds = '0', mode = 'reply'] = process.argv.slice(2);
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const clock = createLocalClock();
clock.shift(Number(aheadMilliseconds));

const Retry = [{ ErrorEquals: ['Down'], IntervalSeconds: 1_800, BackoffRate: 1, MaxAttempts: 1 }];
const engine = await startWorkflowEngine({
  port: 0,
  databaseFile,
  clock,
  invoke: async (name, payload) => {
    tell({ called: name, payload });
    if (name === 'down') throw new LambdaFailure('Down', 'still');
    if (mode === 'hang') return new Promise(() => {});
    return `${name} replied`;
  },
  stateMachines: [
    { name: 'wait', definition: machineOf({ W: { Type: 'Wait', Seconds: 3_600, Next: 'S' }, S: { Type: 'Succeed' } }) },
    { name: 'callback', definition: machineOf({ C: callbackTask('give', { TimeoutSeconds: 3_600 }) }) },
    { name: 'task', definition: machineOf({ T: task('work') }) },
    { name: 'retry', definition: machineOf({ R: task('down', { Retry }) }) },
  ],
});
tell({ url: engine.url });
