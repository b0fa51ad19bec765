import { releaseAfterTask } from '../use-cases/release-after-task.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('release-access-rule', (app, { transferId }) =>
  releaseAfterTask(app.ports, transferId),
);
