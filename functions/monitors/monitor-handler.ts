import type { Context } from 'aws-lambda';
import { type Application, application } from '../wiring.ts';

/** How much of a function's own time limit is left. */
export interface TimeLeft {
  remainingMilliseconds(): number;
}

/** Wraps a scheduled run as a Lambda handler. What it throws is logged and thrown on, so that the platform counts the run as failed. */
export function monitorHandler(name: string, run: (app: Application, time: TimeLeft) => Promise<unknown>) {
  return async (_event: unknown, context: Context): Promise<void> => {
    const app = (await application()).forRequest(
      { requestId: context.awsRequestId, monitor: name },
      context.getRemainingTimeInMillis(),
    );
    try {
      await run(app, { remainingMilliseconds: () => context.getRemainingTimeInMillis() });
    } catch (error) {
      app.ports.log.error('monitor-failed', { error });
      throw error;
    }
  };
}
