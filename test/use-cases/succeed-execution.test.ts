import { describe, expect, it } from 'vitest';
import type { Ports } from '../../functions/ports/ports.ts';
import { isSucceeded } from '../../functions/use-cases/succeed-execution.ts';
import { aRecord, START_SECONDS, TRANSFER } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { createWorld } from '../support/world.ts';

const DAY = 86_400;

/** Asks as a step of this execution does as it begins. */
async function askSucceeded(ports: Ports, by: ReturnType<typeof caller>) {
  const record = await ports.transfers.read(TRANSFER);
  if (!record) throw new Error('there is no record');
  return isSucceeded(ports, record, by);
}

async function worldWith(changes: Parameters<typeof aRecord>[0]) {
  const world = createWorld();
  await world.ports.transfers.reserve(aRecord({ state: 'FOLLOWING', executionNumber: 2, ...changes }));
  return world;
}

function caller(executionNumber: number | undefined, startedDaysAgo = 0) {
  return { executionNumber, executionStartedAtEpochSeconds: START_SECONDS - startedDaysAgo * DAY };
}

describe('an execution', () => {
  it.each([
    { case: 'whose number was passed on has ended', number: 1, expected: true },
    { case: 'of the current number goes on', number: 2, expected: false },
    { case: 'whose definition does not tell its number goes on', number: undefined, expected: false },
  ])('$case', async ({ number, expected }) => {
    const world = await worldWith({});
    expect(await askSucceeded(world.ports, caller(number))).toBe(expected);
    expect(world.started).toEqual([]);
  });

  it('of 300 days hands over to the next one, and its token is forgotten', async () => {
    const world = await worldWith({ taskToken: 'old-token' });
    expect(await askSucceeded(world.ports, caller(2, 301))).toBe(true);
    expect(world.started).toEqual([`${TRANSFER}-3`]);
    expect(await world.ports.transfers.read(TRANSFER)).toMatchObject({ executionNumber: 3, taskToken: null });
  });

  it('hands over once, however often it asks', async () => {
    const world = await worldWith({});
    for (let time = 0; time < 3; time++) {
      expect(await askSucceeded(world.ports, caller(2, 301))).toBe(true);
    }
    expect(world.started).toEqual([`${TRANSFER}-3`]);
  });

  it('of a transfer that is final does not hand over', async () => {
    const world = await worldWith({ state: 'CLOSED' });
    expect(await askSucceeded(world.ports, caller(2, 301))).toBe(false);
    expect(world.started).toEqual([]);
  });

  it('that dies before it has started its successor leaves a number that the sweep finds missing', async () => {
    const world = await worldWith({});
    const crash = crashingAt(world.ports, 'workflow.start', false);
    await expect(askSucceeded(crash.ports, caller(2, 301))).rejects.toThrow('workflow.start');
    const record = await world.ports.transfers.read(TRANSFER);
    expect(record?.executionNumber).toBe(3);
    expect(await world.ports.workflow.status(TRANSFER, 3)).toBe('missing');
  });
});
