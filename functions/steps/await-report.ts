import { awaitReport } from '../use-cases/await-report.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('await-report', (app, { transferId, ...wait }) =>
  awaitReport(app.ports, transferId, wait),
);
