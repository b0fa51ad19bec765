import { createFakeWorkflow } from '../support/fakes/fake-workflow.ts';
import { describeWorkflowContract } from './workflow.ts';

describeWorkflowContract('the fake of unit tests', async () => {
  const workflow = createFakeWorkflow();
  return {
    workflow,
    tokenOf: async (name) => workflow.tokenOf(name),
    async resultOf(name) {
      const result = workflow.outputs.get(name);
      if (!result) throw new Error(`the execution ${name} has not ended`);
      return result;
    },
    executions: () => workflow.started,
    stop: async (name) => void workflow.statuses.set(name, 'ended'),
    unknownToken: workflow.tokenOf('29-00000000001-1'),
    close: async () => undefined,
  };
});
