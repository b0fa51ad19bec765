import { type PrincipalId, parseCollectionId, type TaskId } from '../../functions/domain/ids.ts';
import { createSimulatedGlobus, type Submission } from '../simulation/fakes/simulated-globus.ts';
import { COLLECTION, PRINCIPAL, SECOND_PRINCIPAL, SOURCE_COLLECTION } from '../support/builders.ts';
import { describeGlobusContract } from './globus.ts';
import type { GlobusUnderContract } from './globus-under-contract.ts';
import { simulatedTime } from './simulated-ports.ts';

const LINKED_PRINCIPAL = 'd15d4244-fc10-47f3-a790-85bdb6db9aff' as PrincipalId;
const ELSEWHERE = '0a1b2c3d-0000-4000-8000-00000000e15e';

describeGlobusContract('the fake of the simulation', async (): Promise<GlobusUnderContract> => {
  const time = simulatedTime();
  const simulated = createSimulatedGlobus({
    schedule: time.schedule,
    chance: time.chance,
    collectionId: COLLECTION,
    elsewhere: SOURCE_COLLECTION,
    slowestListing: 0,
    aheadSeconds: 0,
    stirred: () => undefined,
    watch: { created: () => undefined, changed: () => undefined, deleted: () => undefined },
  });
  const { truth } = simulated;
  truth.unreadable.add(SOURCE_COLLECTION);
  truth.people.push([PRINCIPAL, LINKED_PRINCIPAL]);
  const submit = (changes: Partial<Submission>): TaskId => {
    const taskId = simulated.submit({ owner: PRINCIPAL, direction: 'upload', paths: [], pace: 100, ...changes });
    simulated.pause(taskId);
    return taskId;
  };
  return {
    globus: time.through('globus', simulated),
    collectionId: COLLECTION,
    directory: '/hdc1/',
    principal: PRINCIPAL,
    linkedPrincipal: LINKED_PRINCIPAL,
    otherPrincipal: SECOND_PRINCIPAL,
    nowEpochSeconds: () => Math.floor(time.schedule.now / 1000),
    async setRuleLimit(rules) {
      truth.ruleLimit = rules;
    },
    // Whatever it lists, it lists at once.
    setPageSize: async () => undefined,
    submitTask: async (paths, missing = []) =>
      submit({ paths: [...paths, ...missing], missing, skipsErrors: missing.length > 0 }),
    submitDownload: async () => submit({ direction: 'download' }),
    submitTaskOfOther: async (path) => submit({ owner: SECOND_PRINCIPAL, paths: [path] }),
    async submitTaskElsewhere() {
      const taskId = '00000000-0000-4000-8000-0000000e15e0' as TaskId;
      truth.submit(taskId, { destinationCollectionId: ELSEWHERE });
      return taskId;
    },
    async finishTask(taskId) {
      simulated.resume(taskId);
      await time.until(() => !simulated.isLive(taskId));
    },
    suspendTask: async (taskId) => simulated.suspend(taskId),
    cancelTask: async (taskId) => simulated.cancel(taskId),
    async noteError(taskId, code, details) {
      const events = truth.errorEvents.get(taskId) ?? [];
      const event = { code, description: code.toLowerCase(), details: details || null };
      truth.errorEvents.set(taskId, [...events, { ...event, atEpochSeconds: Math.floor(time.schedule.now / 1000) }]);
    },
    unreadableCollectionId: parseCollectionId(SOURCE_COLLECTION),
    putFile: async (path, text) => void truth.storedFiles.set(`${COLLECTION}${path}`, Buffer.byteLength(text)),
    close: async () => undefined,
  };
});
