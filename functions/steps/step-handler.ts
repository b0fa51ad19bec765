import type { Context } from 'aws-lambda';
import { type Application, application } from '../wiring.ts';
import { parseStepPayload, type StepPayload } from '../workflow/payload.ts';

/** Wraps one step of the workflow as a Lambda handler: payload in, what is next out; errors keep the names the workflow matches on. */
export function stepHandler<Result>(
  stepName: string,
  step: (app: Application, payload: StepPayload) => Promise<Result>,
) {
  return async (event: unknown, context: Context): Promise<Result> => {
    const payload = parseStepPayload(event);
    const { transferId } = payload;
    const app = (await application()).forRequest({ requestId: context.awsRequestId, transferId, step: stepName });
    try {
      const result = await step(app, payload);
      app.ports.log.info('step', { result });
      return result;
    } catch (error) {
      app.ports.log.warn('step-failed', { error });
      throw error;
    }
  };
}
