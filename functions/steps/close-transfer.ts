import { closeTransfer } from '../use-cases/close-transfer.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('close-transfer', (app, { transferId }) => closeTransfer(app.ports, transferId));
