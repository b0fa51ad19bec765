import { awaitReport } from '../use-cases/await-report.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('await-report', (app, { transferId, taskToken, waitSeconds }) =>
  awaitReport(app.ports, transferId, { taskToken, waitSeconds }),
);
