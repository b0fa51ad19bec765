import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTransferId } from '../../functions/domain/ids.ts';
import { executionInput, executionName, parseStepPayload } from '../../functions/workflow/payload.ts';
import { transferIds } from '../domain/arbitrary-values.ts';
import { TRANSFER } from '../support/builders.ts';

describe('the input of an execution', () => {
  it('is the same bytes each time, so that starting twice is starting once', () => {
    expect(executionInput(TRANSFER, 1)).toBe('{"transferId":"29-18b49d3688c","executionNumber":1}');
  });

  it('is told apart by transfer and number', () => {
    fc.assert(
      fc.property(transferIds, transferIds, fc.nat(), fc.nat(), (one, other, oneNumber, otherNumber) => {
        fc.pre(one !== other || oneNumber !== otherNumber);
        expect(executionInput(one, oneNumber)).not.toBe(executionInput(other, otherNumber));
        expect(executionName(one, oneNumber)).not.toBe(executionName(other, otherNumber));
      }),
    );
  });
});

describe('the name of an execution', () => {
  it('has at most 80 characters, of those that are allowed', () => {
    const longest = parseTransferId('9223372036854775807-fffffffffff');
    expect(executionName(longest, 999_999_999).length).toBeLessThanOrEqual(80);
    expect(executionName(longest, 1)).toBe('9223372036854775807-fffffffffff-1');
    expect(executionName(TRANSFER, 12)).toMatch(/^[A-Za-z0-9_-]+$/);
  });
});

describe('the payload of a step', () => {
  /** What a step makes of an older definition's payload, which holds the transfer alone. */
  const PLAIN = {
    transferId: TRANSFER,
    taskToken: '',
    reason: 'no reason given',
    executionNumber: undefined,
    executionStartedAtEpochSeconds: undefined,
    waitSeconds: 0,
  };

  it.each([
    {
      case: 'of an ordinary step',
      payload: { transferId: TRANSFER },
      expected: PLAIN,
    },
    {
      case: 'of a step that waits',
      payload: {
        transferId: TRANSFER,
        taskToken: 'a-token',
        waitSeconds: 300,
        executionNumber: 2,
        executionStartedAt: '2026-03-01T00:00:00.000Z',
      },
      expected: {
        ...PLAIN,
        taskToken: 'a-token',
        waitSeconds: 300,
        executionNumber: 2,
        executionStartedAtEpochSeconds: Date.UTC(2026, 2, 1) / 1000,
      },
    },
    {
      case: 'of the step that tells an operator',
      payload: { transferId: TRANSFER, reason: 'Dataverse refused' },
      expected: { ...PLAIN, reason: 'Dataverse refused' },
    },
    {
      case: 'of a later release, with members this one does not know',
      payload: { transferId: TRANSFER, added: { later: true } },
      expected: PLAIN,
    },
  ])('is read: $case', ({ payload, expected }) => {
    expect(parseStepPayload(payload)).toEqual(expected);
  });

  it('carries any transfer from the input of its execution', () => {
    fc.assert(
      fc.property(transferIds, fc.nat(), (transferId, executionNumber) => {
        const { transferId: named } = JSON.parse(executionInput(transferId, executionNumber));
        expect(parseStepPayload({ transferId: named }).transferId).toBe(transferId);
      }),
    );
  });

  it.each([
    { case: 'nothing', payload: undefined },
    { case: 'a text', payload: TRANSFER },
    { case: 'no transfer', payload: {} },
    { case: 'a transfer that is a number', payload: { transferId: 29 } },
    { case: 'the id of an execution', payload: { transferId: `${TRANSFER}-1` } },
    { case: 'a token that is no text', payload: { transferId: TRANSFER, taskToken: 1 } },
  ])('is refused when it is $case', ({ payload }) => {
    expect(() => parseStepPayload(payload)).toThrow();
  });
});
