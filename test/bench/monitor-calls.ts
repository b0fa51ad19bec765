import { performance } from 'node:perf_hooks';
import type { TaskId, TransferId } from '../../functions/domain/ids.ts';
import { monitorTasks } from '../../functions/use-cases/monitor-tasks.ts';
import { type GlobusUnderTest, globusUnderTest, taskDocument, taskPage } from '../adapters/globus/globus-under-test.ts';
import { aRecord } from '../support/builders.ts';
import { createWorld, STORE, type World } from '../support/world.ts';
import type { Part } from './figure.ts';

const TRANSFERS = 10_000;
/** As many as Globus gives at once (G5). */
const TASKS_PER_PAGE = 1_000;
const LIST = 'GET /v0.10/endpoint_manager/task_list';

/** What a minute of the task monitor asks of Globus while many transfers are followed and none of them ends. */
export const monitorCalls: Part = {
  name: 'monitor',
  title: `a minute of the task monitor over ${TRANSFERS.toLocaleString('en-GB')} transfers, none ending`,
  async run() {
    const globus = await globusUnderTest();
    try {
      const world = createWorld();
      await openTransfers(world);
      planPages(globus);
      const ports = { ...world.ports, globus: globus.globus };
      const tick = () => monitorTasks(ports, [STORE], { hasTime: () => true });
      // The first one fetches a token as well.
      await tick();
      const callsBefore = globus.server.requests.length;
      planPages(globus);
      const startedAt = performance.now();
      await tick();
      const milliseconds = performance.now() - startedAt;
      const calls = globus.server.requests.length - callsBefore;
      if (world.woken.length > 0)
        throw new Error(`${world.woken.length} workflows were called, though no task had ended`);
      return {
        figures: [
          { what: 'calls to Globus in a minute', value: calls, unit: 'calls', budget: 15 },
          { what: 'calls to Globus in the first minute of a process', value: callsBefore, unit: 'calls', budget: 15 },
          { what: 'time of a run, records in memory, Globus answering at once', value: milliseconds, unit: 'ms' },
        ],
      };
    } finally {
      await globus.server.close();
    }
  },
};

function taskIdOf(index: number): TaskId {
  return `3f530302-6c48-11ee-8428-${String(index).padStart(12, '0')}` as TaskId;
}

async function openTransfers(world: World): Promise<void> {
  for (let index = 0; index < TRANSFERS; index++) {
    await world.ports.transfers.reserve(
      aRecord({
        transferId: `29-${(0x18b49d36000 + index).toString(16)}` as TransferId,
        state: 'FOLLOWING',
        bound: { taskId: taskIdOf(index), bodyHash: 'hash', fileCount: 1, listId: 'list' },
        taskToken: `token-${index}`,
      }),
    );
  }
}

function planPages({ server }: GlobusUnderTest): void {
  const pages = Array.from({ length: TRANSFERS / TASKS_PER_PAGE }, (_, page) => {
    const tasks = Array.from({ length: TASKS_PER_PAGE }, (_, index) =>
      taskDocument({ task_id: taskIdOf(page * TASKS_PER_PAGE + index) }),
    );
    return taskPage(tasks, (page + 1) * TASKS_PER_PAGE < TRANSFERS ? `page-${page}` : undefined);
  });
  server.plan(LIST, ...pages);
}
