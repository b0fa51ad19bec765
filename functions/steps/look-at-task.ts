import { lookAtTask } from '../use-cases/look-at-task.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('look-at-task', (app, { transferId }) => lookAtTask(app.ports, transferId));
