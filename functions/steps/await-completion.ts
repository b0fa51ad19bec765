import { awaitCompletion } from '../use-cases/await-completion.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('await-completion', (app, { transferId, taskToken, waitSeconds }) =>
  awaitCompletion(app.ports, transferId, { taskToken, waitSeconds }),
);
