import { raiseAttention } from '../use-cases/raise-attention.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('raise-attention', (app, { transferId, reason }) =>
  raiseAttention(app.ports, transferId, reason),
);
