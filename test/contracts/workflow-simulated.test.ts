import type { StepResult } from '../../functions/domain/next-step.ts';
import { newTaskToken } from '../../infra/local/workflow-engine/token-table.ts';
import { createInProcessWorkflow } from '../simulation/fakes/in-process-workflow.ts';
import { callbackTask, machineOf } from '../workflow-engine/rig.ts';
import { simulatedTime } from './simulated-ports.ts';
import { describeWorkflowContract } from './workflow.ts';

describeWorkflowContract('the engine of the simulation, in this process', async () => {
  const time = simulatedTime();
  const tokens = new Map<string, string>();
  const inProcess = createInProcessWorkflow({
    definition: machineOf({
      AwaitCall: callbackTask('await-call', {
        Arguments: {
          FunctionName: 'await-call',
          Payload: { name: '{% $states.context.Execution.Name %}', taskToken: '{% $states.context.Task.Token %}' },
        },
        Output: '{% $states.result %}',
      }),
    }),
    clock: time.schedule.asLocalClock(),
    fraction: () => 0.5,
    startedOtherwise: () => undefined,
    async invoke(_functionName, payload) {
      const { name, taskToken } = payload as { name: string; taskToken: string };
      tokens.set(name, taskToken);
    },
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    workflow: time.through('workflow', inProcess.workflow),
    async tokenOf(name) {
      await settled();
      const token = tokens.get(name);
      if (token === undefined) throw new Error(`the execution ${name} does not wait`);
      return token;
    },
    async resultOf(name) {
      await settled();
      const execution = inProcess.executions().find((each) => each.name === name);
      if (execution?.outputText === undefined) throw new Error(`the execution ${name} has not ended`);
      return JSON.parse(execution.outputText) as StepResult;
    },
    executions: () => inProcess.executions().map((execution) => execution.name),
    stop: async (name) => inProcess.stop(name),
    unknownToken: newTaskToken(),
    close: async () => inProcess.close(),
  };
});
