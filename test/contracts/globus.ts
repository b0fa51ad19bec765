import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asRuleId } from '../../functions/domain/ids.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import { describeGlobusFiles } from './globus-files.ts';
import { describeGlobusTaskControl } from './globus-task-control.ts';
import { describeGlobusTasks } from './globus-tasks.ts';
import type { GlobusUnderContract } from './globus-under-contract.ts';

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

    it('tells when a rule was created, in whole seconds', async () => {
      const before = under.nowEpochSeconds();
      await granted('r');
      const after = under.nowEpochSeconds();
      const [rule] = await under.globus.listAccessRules(under.collectionId);
      expect(rule?.createdAtEpochSeconds).toBeGreaterThanOrEqual(before);
      expect(rule?.createdAtEpochSeconds).toBeLessThanOrEqual(after);
    });

    it('never gives an id again', async () => {
      const { globus, collectionId } = under;
      const first = await granted('r');
      await globus.deleteAccessRule({ collectionId, ruleId: first });
      expect(await granted('r')).not.toBe(first);
    });

    it('creates no rule beyond the ceiling, and one again when another has gone', async () => {
      const { globus, collectionId } = under;
      await under.setRuleLimit(1);
      const ruleId = await granted('r');
      expect(await grant('r', under.otherPrincipal)).toEqual({ kind: 'limit-exceeded' });
      expect((await globus.listAccessRules(collectionId)).map((rule) => rule.ruleId)).toEqual([ruleId]);
      await globus.deleteAccessRule({ collectionId, ruleId });
      expect((await grant('r', under.otherPrincipal)).kind).toBe('created');
    });

    it('takes a rule below another for one of its own', async () => {
      const { globus, collectionId, directory, principal } = under;
      await granted('r');
      const path = `${directory}below/`;
      const outcome = await globus.createAccessRule({ collectionId, path, principal, permission: 'rw' });
      expect(outcome.kind).toBe('created');
      expect((await globus.listAccessRules(collectionId)).map((rule) => [rule.path, rule.permission]).sort()).toEqual([
        [directory, 'r'],
        [path, 'rw'],
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

    it('makes a directory below one that it made', async () => {
      const { globus, collectionId, directory } = under;
      await globus.makeDirectory({ collectionId, path: `${directory}new/` });
      expect(await globus.makeDirectory({ collectionId, path: `${directory}new/deeper/` })).toBe('created');
    });

    describeGlobusTasks(() => under);
    describeGlobusTaskControl(() => under);
    describeGlobusFiles(() => under);
  });
}
