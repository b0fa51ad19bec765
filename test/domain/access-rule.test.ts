import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccessRuleRow,
  type AccessRuleState,
  isAbandoned,
  isCreateUnsettled,
  isOurs,
  mayHaveRule,
  suffices,
  usesForeignRule,
  wantedPermission,
} from '../../functions/domain/access-rule.ts';
import { asRuleId, type RuleId } from '../../functions/domain/ids.ts';
import { aRow, START_SECONDS } from '../support/builders.ts';

const OURS = asRuleId('rule-1');
const FOREIGN = asRuleId('rule-foreign');
const UNNAMED = asRuleId('rule-unnamed');

function holdersOf(permissions: readonly ('r' | 'rw')[]): AccessRuleRow['holders'] {
  return Object.fromEntries(permissions.map((permission, index) => [`29-0000000000${index}`, permission]));
}

describe('the permission a row wants', () => {
  it.each([
    { case: 'nobody', permissions: [], expected: 'r' },
    { case: 'readers', permissions: ['r', 'r'], expected: 'r' },
    { case: 'a writer', permissions: ['rw'], expected: 'rw' },
    { case: 'a writer after readers', permissions: ['r', 'r', 'rw'], expected: 'rw' },
    { case: 'a writer before readers', permissions: ['rw', 'r'], expected: 'rw' },
  ] as const)('is $expected for $case', ({ permissions, expected }) => {
    expect(wantedPermission(holdersOf(permissions))).toBe(expected);
  });

  it('suffices for every holder', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('r' as const, 'rw' as const), { maxLength: 10 }), (permissions) => {
        const wanted = wantedPermission(holdersOf(permissions));
        expect(permissions.every((permission) => suffices(wanted, permission))).toBe(true);
      }),
    );
  });
});

describe('a rule', () => {
  it.each([
    { given: 'rw', needed: 'rw', expected: true },
    { given: 'rw', needed: 'r', expected: true },
    { given: 'r', needed: 'r', expected: true },
    { given: 'r', needed: 'rw', expected: false },
    { given: null, needed: 'r', expected: false },
    { given: null, needed: 'rw', expected: false },
  ] as const)('that allows $given for who needs $needed suffices: $expected', ({ given, needed, expected }) => {
    expect(suffices(given, needed)).toBe(expected);
  });
});

interface Ownership {
  readonly case: string;
  readonly row: Partial<AccessRuleRow>;
  readonly ruleId: RuleId;
  readonly expected: boolean;
}

describe('a rule found on the collection', () => {
  const everOpen = { createUnsettledUntilEpochSeconds: START_SECONDS + 300 };
  it.each<Ownership>([
    { case: 'named by the row is ours', row: {}, ruleId: OURS, expected: true },
    { case: 'named by the row while a create is open is ours', row: everOpen, ruleId: OURS, expected: true },
    {
      case: 'that the row does not name is foreign while no create was left open',
      row: {},
      ruleId: UNNAMED,
      expected: false,
    },
    {
      case: 'that the row does not name is ours while a create is open',
      row: everOpen,
      ruleId: UNNAMED,
      expected: true,
    },
    {
      case: 'that the row does not name is ours after the create has passed without an answer',
      row: { createUnsettledUntilEpochSeconds: START_SECONDS - 1 },
      ruleId: UNNAMED,
      expected: true,
    },
    {
      case: 'that was there at birth is foreign',
      row: { foreignRuleIds: [FOREIGN] },
      ruleId: FOREIGN,
      expected: false,
    },
    {
      case: 'that was there at birth is foreign even while a create is open',
      row: { foreignRuleIds: [FOREIGN], ...everOpen },
      ruleId: FOREIGN,
      expected: false,
    },
    {
      case: 'that was there at birth is foreign even when the row uses it',
      row: { foreignRuleIds: [FOREIGN], ruleId: FOREIGN },
      ruleId: FOREIGN,
      expected: false,
    },
    { case: 'is foreign to a row without one', row: { ruleId: null }, ruleId: UNNAMED, expected: false },
  ])('$case', ({ row, ruleId, expected }) => {
    expect(isOurs(aRow(row), ruleId)).toBe(expected);
  });

  it.each([
    { case: 'ours', row: { ruleId: OURS, foreignRuleIds: [FOREIGN] }, expected: false },
    { case: 'foreign', row: { ruleId: FOREIGN, foreignRuleIds: [FOREIGN] }, expected: true },
    { case: 'none', row: { ruleId: null, foreignRuleIds: [FOREIGN] }, expected: false },
  ])('that is in use is $case', ({ row, expected }) => {
    expect(usesForeignRule(aRow(row))).toBe(expected);
  });
});

describe('a create call without an answer', () => {
  it.each([
    { case: 'may land before its moment', until: START_SECONDS + 1, expected: true },
    { case: 'is over at its moment', until: START_SECONDS, expected: false },
    { case: 'does not exist', until: null, expected: false },
  ])('$case', ({ until, expected }) => {
    expect(isCreateUnsettled(aRow({ createUnsettledUntilEpochSeconds: until }), START_SECONDS)).toBe(expected);
  });
});

describe('a row whose worker may be gone', () => {
  it.each<{ case: string; state: AccessRuleState; age: number; expected: boolean }>([
    { case: 'CREATING for 14 s is left to its worker', state: 'CREATING', age: 14, expected: false },
    { case: 'CREATING for 15 s may be finished by anybody', state: 'CREATING', age: 15, expected: true },
    { case: 'UPDATING for 14 s is left to its worker', state: 'UPDATING', age: 14, expected: false },
    { case: 'UPDATING for 15 s may be finished by anybody', state: 'UPDATING', age: 15, expected: true },
    { case: 'DELETING for 14 s is left to its worker', state: 'DELETING', age: 14, expected: false },
    { case: 'DELETING for 15 s may be finished by anybody', state: 'DELETING', age: 15, expected: true },
    { case: 'PRESENT for a year is no work at all', state: 'PRESENT', age: 31_536_000, expected: false },
  ])('$case', ({ state, age, expected }) => {
    expect(isAbandoned(aRow({ state }), START_SECONDS + age)).toBe(expected);
  });
});

describe('whether a task may rest on a rule of ours', () => {
  it.each([
    { case: 'a rule we know', changes: {}, expected: true },
    { case: 'nothing yet', changes: { state: 'CREATING' as const, ruleId: null }, expected: false },
    {
      case: 'a call without an answer',
      changes: { state: 'CREATING' as const, ruleId: null, createUnsettledUntilEpochSeconds: 1 },
      expected: true,
    },
    { case: "somebody else's rule", changes: { foreignRuleIds: ['rule-1' as never] }, expected: false },
  ])('is $expected for $case', ({ changes, expected }) => {
    expect(mayHaveRule(aRow(changes))).toBe(expected);
  });
});
