import type { Context } from 'aws-lambda';
import type { StepResult } from '../domain/next-step.ts';
import { startingFrom } from '../use-cases/starting-from.ts';
import { isSucceeded, NOTHING_MORE } from '../use-cases/succeed-execution.ts';
import { type Application, application } from '../wiring.ts';
import { parseStepPayload, type StepPayload } from '../workflow/payload.ts';

/** Wraps one step of the workflow as a Lambda handler: payload in, what is next out; errors keep the names the workflow matches on. */
export function stepHandler<Result>(
  stepName: string,
  step: (app: Application, payload: StepPayload) => Promise<Result>,
) {
  return async (event: unknown, context: Context): Promise<Result | StepResult> => {
    const payload = parseStepPayload(event);
    const { transferId, taskToken } = payload;
    const app = (await application()).forRequest(
      { requestId: context.awsRequestId, transferId, step: stepName },
      context.getRemainingTimeInMillis(),
    );
    try {
      const record = await app.ports.transfers.read(transferId);
      if (record && (await isSucceeded(app.ports, record, payload))) {
        app.ports.log.info('execution-outdated', { executionNumber: payload.executionNumber });
        if (taskToken) await app.ports.workflow.wake(taskToken, NOTHING_MORE);
        return NOTHING_MORE;
      }
      const result = await step(record ? { ...app, ports: startingFrom(app.ports, record) } : app, payload);
      app.ports.log.info('step', { result });
      return result;
    } catch (error) {
      app.ports.log.warn('step-failed', { error });
      throw error;
    }
  };
}
