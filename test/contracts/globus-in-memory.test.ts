import { type PrincipalId, parseCollectionId, type TaskId } from '../../functions/domain/ids.ts';
import type { GlobusTask } from '../../functions/ports/globus.ts';
import { COLLECTION, PRINCIPAL, SECOND_PRINCIPAL, SOURCE_COLLECTION, START_MILLISECONDS } from '../support/builders.ts';
import { createFakeGlobus } from '../support/fakes/fake-globus.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { describeGlobusContract } from './globus.ts';
import type { GlobusUnderContract } from './globus-under-contract.ts';

const LINKED_PRINCIPAL = 'd15d4244-fc10-47f3-a790-85bdb6db9aff' as PrincipalId;

describeGlobusContract('the fake of unit tests', async (): Promise<GlobusUnderContract> => {
  const clock = createManualClock(START_MILLISECONDS);
  const globus = createFakeGlobus(clock.nowEpochSeconds);
  globus.unreadable.add(SOURCE_COLLECTION);
  globus.people.push([PRINCIPAL, LINKED_PRINCIPAL]);
  const destinations = new Map<TaskId, readonly string[]>();
  let submitted = 0;
  const submit = (changes: Partial<GlobusTask> = {}): TaskId => {
    submitted += 1;
    const taskId = `00000000-0000-4000-8000-00000000000${submitted}` as TaskId;
    globus.submit(taskId, { isPaused: true, ...changes });
    return taskId;
  };
  return {
    globus,
    collectionId: COLLECTION,
    directory: '/hdc1/',
    principal: PRINCIPAL,
    linkedPrincipal: LINKED_PRINCIPAL,
    otherPrincipal: SECOND_PRINCIPAL,
    nowEpochSeconds: clock.nowEpochSeconds,
    async setRuleLimit(rules) {
      globus.ruleLimit = rules;
    },
    // Whatever it lists, it lists at once.
    setPageSize: async () => undefined,
    async submitTask(destinationPaths, passedOver = []) {
      const taskId = submit();
      destinations.set(taskId, destinationPaths);
      globus.skipped.set(
        taskId,
        passedOver.map((destinationPath) => ({ destinationPath, errorCode: 'FILE_NOT_FOUND' })),
      );
      return taskId;
    },
    submitDownload: async () => submit({ sourceCollectionId: COLLECTION, destinationCollectionId: SOURCE_COLLECTION }),
    submitTaskOfOther: async () => submit({ ownerId: SECOND_PRINCIPAL }),
    submitTaskElsewhere: async () => submit({ destinationCollectionId: SOURCE_COLLECTION }),
    finishTask: async (taskId) => globus.finish(taskId, destinations.get(taskId) ?? []),
    async suspendTask(taskId) {
      const task = globus.tasks.get(taskId);
      if (task) globus.tasks.set(taskId, { ...task, status: 'INACTIVE' });
    },
    cancelTask: async (taskId) => globus.cancel(taskId),
    async noteError(taskId, code, details) {
      const event = { code, description: code.toLowerCase(), details: details || null };
      const events = globus.errorEvents.get(taskId) ?? [];
      globus.errorEvents.set(taskId, [...events, { ...event, atEpochSeconds: clock.nowEpochSeconds() }]);
    },
    unreadableCollectionId: parseCollectionId(SOURCE_COLLECTION),
    putFile: async (path, text) => void globus.storedFiles.set(`${COLLECTION}${path}`, Buffer.byteLength(text)),
    close: async () => undefined,
  };
});
