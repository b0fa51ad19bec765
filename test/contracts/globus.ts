import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asRuleId, type CollectionId, type PrincipalId, parseTaskId, type TaskId } from '../../functions/domain/ids.ts';
import type { Globus } from '../../functions/ports/globus.ts';
import { errorOf } from '../adapters/adapter-parts.ts';

/** Globus under test: a managed collection without rules, and people who can submit tasks. */
export interface GlobusUnderContract {
  readonly globus: Globus;
  readonly collectionId: CollectionId;
  /** An existing directory of the collection, ends in `/`. */
  readonly directory: string;
  /** Who submits the tasks below. */
  readonly principal: PrincipalId;
  /** Another identity of the same person. */
  readonly linkedPrincipal: PrincipalId;
  /** Somebody else, known to Globus. */
  readonly otherPrincipal: PrincipalId;
  /** Submits a transfer of one file of 12 bytes to this path of the collection; it stays live until `finishTask`. */
  submitTask(destinationPath: string): Promise<TaskId>;
  /** Submits a transfer that does not touch the collection. */
  submitTaskElsewhere(): Promise<TaskId>;
  /** Lets a task go on and waits for its end. */
  finishTask(taskId: TaskId): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of the port `Globus` does. */
export function describeGlobusContract(name: string, makeAdapter: () => Promise<GlobusUnderContract>): void {
  describe(`the Globus contract, kept by ${name}`, () => {
    let under: GlobusUnderContract;
    beforeEach(async () => {
      under = await makeAdapter();
    });
    afterEach(() => under.close());

    const grant = async (permission: 'r' | 'rw', principal = under.principal) => {
      const { globus, collectionId, directory } = under;
      return globus.createAccessRule({ collectionId, path: directory, principal, permission });
    };
    const granted = async (permission: 'r' | 'rw') => {
      const outcome = await grant(permission);
      if (outcome.kind !== 'created') throw new Error(`expected a rule to be created, got ${outcome.kind}`);
      return outcome.ruleId;
    };

    it('lists no rule where there is none, whatever roles there are', async () => {
      expect(await under.globus.listAccessRules(under.collectionId)).toEqual([]);
    });

    it('lists a rule as it was created', async () => {
      const ruleId = await granted('r');
      expect(await under.globus.listAccessRules(under.collectionId)).toEqual([
        {
          ruleId,
          principalType: 'identity',
          principal: under.principal,
          path: under.directory,
          permission: 'r',
          createdAtEpochSeconds: expect.any(Number),
        },
      ]);
    });

    it('finds a second rule for the same principal and path to exist, and one for another principal not', async () => {
      await granted('r');
      expect(await grant('r')).toEqual({ kind: 'exists' });
      expect((await grant('r', under.otherPrincipal)).kind).toBe('created');
    });

    it('raises the permission of a rule and keeps its id', async () => {
      const ruleId = await granted('r');
      const { globus, collectionId } = under;
      expect(await globus.updateAccessRule({ collectionId, ruleId, permission: 'rw' })).toBe('updated');
      const rules = await globus.listAccessRules(collectionId);
      expect(rules.map((rule) => [rule.ruleId, rule.permission])).toEqual([[ruleId, 'rw']]);
    });

    it('deletes a rule once and finds it missing from then on', async () => {
      const ruleId = await granted('rw');
      const { globus, collectionId } = under;
      expect(await globus.deleteAccessRule({ collectionId, ruleId })).toBe('deleted');
      expect(await globus.listAccessRules(collectionId)).toEqual([]);
      expect(await globus.deleteAccessRule({ collectionId, ruleId })).toBe('missing');
      expect(await globus.updateAccessRule({ collectionId, ruleId, permission: 'rw' })).toBe('missing');
    });

    it('does not find a rule that never was', async () => {
      const ruleId = asRuleId('00000000-0000-4000-8000-00000000dead');
      expect(await under.globus.deleteAccessRule({ collectionId: under.collectionId, ruleId })).toBe('missing');
    });

    it('makes a directory once and finds it there from then on', async () => {
      const directory = { collectionId: under.collectionId, path: `${under.directory}new/` };
      expect(await under.globus.makeDirectory(directory)).toBe('created');
      expect(await under.globus.makeDirectory(directory)).toBe('exists');
    });

    it('does not make a directory without its parent', async () => {
      const directory = { collectionId: under.collectionId, path: `${under.directory}absent/new/` };
      expect((await errorOf(under.globus.makeDirectory(directory))).name).toBe('UpstreamRefusedError');
    });

    it('does not know a task that never was', async () => {
      const taskId = parseTaskId('00000000-0000-4000-8000-00000000dead');
      expect(await under.globus.findTask(under.collectionId, taskId)).toBeUndefined();
    });

    it('may not see a task of other collections', async () => {
      const taskId = await under.submitTaskElsewhere();
      expect((await errorOf(under.globus.findTask(under.collectionId, taskId))).name).toBe('ForbiddenError');
    });

    describe('with a task that runs', () => {
      let taskId: TaskId;
      let path: string;
      beforeEach(async () => {
        await granted('rw');
        path = `${under.directory}file`;
        taskId = await under.submitTask(path);
      });

      it('reads it', async () => {
        const task = await under.globus.findTask(under.collectionId, taskId);
        expect(task).toMatchObject({
          taskId,
          type: 'TRANSFER',
          status: 'ACTIVE',
          ownerId: under.principal,
          destinationCollectionId: under.collectionId,
          completedAtEpochSeconds: null,
          destinationBasePath: null,
          fatalError: null,
        });
        expect(task?.requestedAtEpochSeconds).toBeGreaterThan(1_500_000_000);
      });

      it('lists it for its owner under every identity of theirs, and for nobody else', async () => {
        const { globus, collectionId } = under;
        const live = async (principal: PrincipalId) =>
          (await globus.listLiveTasks(collectionId, principal)).map((task) => task.taskId);
        expect(await live(under.principal)).toEqual([taskId]);
        expect(await live(under.linkedPrincipal)).toEqual([taskId]);
        expect(await live(under.otherPrincipal)).toEqual([]);
      });

      it('refuses to list what it has copied', async () => {
        const error = await errorOf(under.globus.listSuccessfulTransfers(under.collectionId, taskId));
        expect(error.name).toBe('UpstreamRefusedError');
      });

      it.each(['live', 'finished'])('knows whose task it is, %s', async (moment) => {
        if (moment === 'finished') await under.finishTask(taskId);
        const { globus, collectionId } = under;
        const task = await globus.findTask(collectionId, taskId);
        if (!task) throw new Error('expected the task to be there');
        expect(await globus.isOwnedBy(collectionId, task, under.principal)).toBe(true);
        expect(await globus.isOwnedBy(collectionId, task, under.linkedPrincipal)).toBe(true);
        expect(await globus.isOwnedBy(collectionId, task, under.otherPrincipal)).toBe(false);
      });

      it('knows the owner of a task that ends between two looks', async () => {
        const { globus, collectionId } = under;
        const live = await globus.findTask(collectionId, taskId);
        if (!live) throw new Error('expected the task to be there');
        await under.finishTask(taskId);
        expect(await globus.isOwnedBy(collectionId, live, under.linkedPrincipal)).toBe(true);
      });

      it('reads it as finished, with its file, once it has ended', async () => {
        await under.finishTask(taskId);
        const { globus, collectionId } = under;
        const task = await globus.findTask(collectionId, taskId);
        expect(task).toMatchObject({
          status: 'SUCCEEDED',
          filesTransferred: 1,
          bytesTransferred: 12,
          fatalError: null,
        });
        expect(task?.completedAtEpochSeconds).toBeGreaterThanOrEqual(task?.requestedAtEpochSeconds ?? Number.NaN);
        expect(await globus.listLiveTasks(collectionId, under.principal)).toEqual([]);
        const files = await globus.listSuccessfulTransfers(collectionId, taskId);
        expect(files.map(({ destinationPath, sizeBytes }) => [destinationPath, sizeBytes])).toEqual([[path, 12]]);
        expect(await globus.listSkippedErrors(collectionId, taskId)).toEqual([]);
      });
    });
  });
}
