import { sweep } from '../use-cases/sweep.ts';
import { monitorHandler } from './monitor-handler.ts';

/** The longest step, registration, takes up to 125 s: none is begun with less time left. */
const LONGEST_STEP_MILLISECONDS = 130_000;

export const handler = monitorHandler('sweep', (app, time) =>
  sweep(app.ports, app.settings, { hasTime: () => time.remainingMilliseconds() > LONGEST_STEP_MILLISECONDS }),
);
