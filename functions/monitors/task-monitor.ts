import { monitorTasks } from '../use-cases/monitor-tasks.ts';
import { monitorHandler } from './monitor-handler.ts';

/** What a confirmation takes at the longest: none is begun with less time left. */
const ONE_CALL_MILLISECONDS = 25_000;

export const handler = monitorHandler('task-monitor', (app, time) =>
  monitorTasks(app.ports, app.settings.stores, {
    hasTime: () => time.remainingMilliseconds() > ONE_CALL_MILLISECONDS,
  }),
);
