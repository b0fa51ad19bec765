import { endLease } from '../use-cases/end-lease.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('end-lease', (app, { transferId }) => endLease(app.ports, transferId));
