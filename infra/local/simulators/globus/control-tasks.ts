import type { SimulatorReply, SimulatorRoute } from '../http/routes.ts';
import type { GlobusContext } from './context.ts';
import { controlRefusal, withBody } from './control-body.ts';
import { describeFault } from './task-fault.ts';
import { isFinished, type TaskRecord } from './task-record.ts';
import { readTask } from './task-routes.ts';

/** What the control interface may do to single tasks. */
export function controlTaskRoutes(context: GlobusContext): SimulatorRoute[] {
  const { tasks, runner, settings } = context;
  const onTask = (
    name: string,
    act: (task: TaskRecord, body: Record<string, unknown>) => SimulatorReply | undefined,
  ) => {
    const route: SimulatorRoute = [
      'POST',
      `/_control/tasks/{id}/${name}`,
      withBody((body, request) => {
        const task = tasks.find(request.params['id'] ?? '');
        if (!task) return { status: 404, body: { message: 'no such task' } };
        if (name !== 'forget' && isFinished(task)) return controlRefusal('the task has ended');
        const refusal = act(task, body);
        if (refusal) return refusal;
        const current = tasks.find(task.taskId);
        return { status: 200, body: current ? readTask(context, current) : {} };
      }),
    ];
    return route;
  };
  return [
    onTask('pause', (task) => void runner.pause(task)),
    onTask('resume', (task) => void runner.resume(task)),
    onTask('inactive', (task) => void runner.setInactive(task, true)),
    onTask('reactivate', (task) => void runner.setInactive(task, false)),
    onTask('forget', (task) => void runner.forget(task)),
    onTask('fail', (task, { code, description }) => {
      if (typeof code !== 'string') return controlRefusal('expected {"code": <text>, "description": <text>}');
      const fatal = { code, description: typeof description === 'string' ? description : code };
      runner.end(task, { status: 'FAILED', fatal, itemState: 'FAILED' });
      return undefined;
    }),
    onTask('event', (task, { code, description, details, isError = true }) => {
      if (typeof code !== 'string' || typeof isError !== 'boolean')
        return controlRefusal(
          'expected {"code": <text>, "description": <text>, "details": <text>, "isError": <boolean>}',
        );
      runner.note(task, {
        code,
        isError,
        description: typeof description === 'string' ? description : describeFault(code),
        details: typeof details === 'string' ? details : '',
      });
      return undefined;
    }),
    [
      'POST',
      '/_control/report-status',
      withBody(({ taskId, document, times = 1 }) => {
        if (
          typeof taskId !== 'string' ||
          typeof document !== 'object' ||
          document === null ||
          typeof times !== 'number'
        )
          return controlRefusal('expected {"taskId": <id>, "document": {<members>}, "times": <number>}');
        if (times < 1) settings.falseReports.delete(taskId);
        else settings.falseReports.set(taskId, { document: document as Record<string, unknown>, remaining: times });
        return { status: 200, body: { taskId, document, times } };
      }),
    ],
  ];
}
