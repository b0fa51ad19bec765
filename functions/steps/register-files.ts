import { registerFiles } from '../use-cases/register-files.ts';
import { stepHandler } from './step-handler.ts';

export const handler = stepHandler('register-files', (app, { transferId }) =>
  registerFiles(app.ports, app.settings, transferId),
);
