import { awaitCompletion } from '../use-cases/await-completion.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('await-completion', (app, { transferId, ...wait }) =>
  awaitCompletion(app.ports, transferId, wait),
);
