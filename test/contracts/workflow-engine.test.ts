import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { createWorkflow } from '../../functions/adapters/step-functions/workflow.ts';
import type { StepResult } from '../../functions/domain/next-step.ts';
import { newTaskToken } from '../../infra/local/workflow-engine/token-table.ts';
import { openRig } from '../workflow-engine/rig.ts';
import { describeWorkflowContract } from './workflow.ts';

describeWorkflowContract('the adapter, against the workflow engine over its wire protocol', async () => {
  const tokens = new Map<string, string>();
  const rig = await openRig({
    states: {
      AwaitCall: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: {
          FunctionName: 'await-call',
          Payload: { name: '{% $states.context.Execution.Name %}', taskToken: '{% $states.context.Task.Token %}' },
        },
        Output: '{% $states.result %}',
        End: true,
      },
    },
    functions: {
      'await-call': ({ name, taskToken }: { name: string; taskToken: string }) => void tokens.set(name, taskToken),
    },
  });
  const stateMachineArn = rig.engine.stateMachineArn('machine');
  return {
    workflow: createWorkflow(rig.client, stateMachineArn),
    async tokenOf(name) {
      await rig.settle();
      const token = tokens.get(name);
      if (token === undefined) throw new Error(`the execution ${name} does not wait`);
      return token;
    },
    async resultOf(name) {
      await rig.settle();
      return rig.outcome(name).output as StepResult;
    },
    executions: () => rig.engine.executions().map((execution) => execution.name),
    async stop(name) {
      const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
      await rig.client.send(new StopExecutionCommand({ executionArn }));
    },
    unknownToken: newTaskToken(),
    close: () => rig.close(),
  };
});
