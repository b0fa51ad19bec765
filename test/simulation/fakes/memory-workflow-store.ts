import type { Checkpoint } from '../../../infra/local/workflow-engine/checkpoint.ts';
import type { StateMachineDefinition } from '../../../infra/local/workflow-engine/definition.ts';
import type { ExecutionRecord, WorkflowStore } from '../../../infra/local/workflow-engine/store.ts';
import type { TokenRecord } from '../../../infra/local/workflow-engine/token-table.ts';

/**
 * The engine's tables in memory: an engine of the simulation is never restarted, so nothing has to outlive it. Events are counted by the engine and not
 * kept. What is executed, and in which order, is the engine's own doing.
 */
export function createMemoryWorkflowStore(): WorkflowStore {
  const executions = new Map<number, ExecutionRecord>();
  const ids = new Map<string, number>();
  const frames = new Map<string, Checkpoint>();
  const tokens = new Map<string, TokenRecord>();
  const definitions = new Map<string, StateMachineDefinition>();
  let lastId = 0;

  const nameOf = (machineName: string, name: string) => `${machineName} ${name}`;
  const frameOf = (executionId: number, path: string) => `${executionId} ${path}`;
  const spend = (isMeant: (record: TokenRecord) => boolean) => {
    for (const [token, record] of tokens) {
      if (record.status === 'SPENT' || !isMeant(record)) continue;
      const { outcome: _answered, ...rest } = record;
      tokens.set(token, { ...rest, status: 'SPENT' });
    }
  };
  const forgetFrames = (executionId: number, isMeant: (path: string) => boolean) => {
    const prefix = `${executionId} `;
    for (const key of [...frames.keys()]) {
      if (key.startsWith(prefix) && isMeant(key.slice(prefix.length))) frames.delete(key);
    }
  };

  const store: WorkflowStore = {
    tokens: {
      put: (record) => void tokens.set(record.token, { ...record, status: 'OPEN' }),
      find: (token) => tokens.get(token),
      answer(token, outcome) {
        const record = tokens.get(token);
        if (record?.status === 'OPEN') tokens.set(token, { ...record, status: 'ANSWERED', outcome });
      },
      setHeartbeatDue(token, heartbeatDueAtMilliseconds) {
        const record = tokens.get(token);
        if (record) tokens.set(token, { ...record, heartbeatDueAtMilliseconds });
      },
      spendAt: (executionId, path) => spend((record) => record.executionId === executionId && record.path === path),
      spendBelow: (executionId, path) =>
        spend((record) => record.executionId === executionId && record.path.startsWith(`${path}.`)),
      spendAllOf: (executionId) => spend((record) => record.executionId === executionId),
    },
    // Nothing dies in the middle of one.
    transaction: (work) => work(),
    saveDefinition(definition) {
      const hash = `definition ${definitions.size + 1}`;
      definitions.set(hash, definition);
      return hash;
    },
    loadDefinition(hash) {
      const definition = definitions.get(hash);
      if (!definition) throw new Error(`no definition is stored under the hash ${hash}`);
      return definition;
    },
    insertExecution(record) {
      lastId += 1;
      const inserted = { ...record, id: lastId };
      executions.set(lastId, inserted);
      ids.set(nameOf(record.machineName, record.name), lastId);
      return inserted;
    },
    updateExecution(id, progress) {
      const record = executions.get(id);
      if (record) executions.set(id, { ...record, ...progress });
    },
    findExecution: (machineName, name) => executions.get(ids.get(nameOf(machineName, name)) ?? 0),
    openExecutions: () => [...executions.values()].filter((record) => record.status === 'RUNNING'),
    listExecutions: ({ machineName, status, belowId = Number.POSITIVE_INFINITY, limit }) =>
      [...executions.values()]
        .filter((record) => machineName === undefined || record.machineName === machineName)
        .filter((record) => (status === undefined || record.status === status) && record.id < belowId)
        .reverse()
        .slice(0, limit < 0 ? undefined : limit),
    deleteExecution(id) {
      const record = executions.get(id);
      if (record) ids.delete(nameOf(record.machineName, record.name));
      executions.delete(id);
    },
    purgeExecutionsStoppedBefore(atMilliseconds) {
      for (const { id, stoppedAtMilliseconds = Number.POSITIVE_INFINITY } of [...executions.values()]) {
        if (stoppedAtMilliseconds < atMilliseconds) store.deleteExecution(id);
      }
    },
    appendEvent: () => undefined,
    listEvents: () => [],
    saveFrame: (executionId, path, checkpoint) => void frames.set(frameOf(executionId, path), checkpoint),
    loadFrame: (executionId, path) => frames.get(frameOf(executionId, path)),
    deleteFramesBelow(executionId, path) {
      forgetFrames(executionId, (each) => each.startsWith(`${path}.`));
      store.tokens.spendBelow(executionId, path);
    },
    clearExecution(executionId) {
      forgetFrames(executionId, () => true);
      store.tokens.spendAllOf(executionId);
    },
    close: () => undefined,
  };
  return store;
}
