import { describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { COLLECTION, CURATOR, OTHER_TASK, PATH, PRINCIPAL, SECOND_PRINCIPAL, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, type World } from '../support/world.ts';

/** What must be so when everything is over: P1 and the locks. */
function expectNothingLeft(world: World): void {
  expect(world.globus.rules).toEqual([]);
  expect(world.ports.accessRules.rows()).toEqual([]);
  expect(world.dataverse.lockList).toEqual([]);
  expect(world.ports.locks.items()).toEqual([]);
}

function registered(world: World): string[] {
  return world.dataverse.files.map((file) => file.storageIdentifier).sort();
}

describe('an upload that goes well', () => {
  it('has its rule while the task runs and nothing left when it is closed', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    expect(world.globus.rules).toMatchObject([{ path: PATH, principal: PRINCIPAL, permission: 'rw' }]);
    expect([...world.globus.directories]).toEqual(['/hdc1/', '/hdc1/10.5072/', '/hdc1/10.5072/FK2/', PATH]);

    world.globus.submit(TASK);
    await report(world.ports, paths);
    expect(world.dataverse.lockList).toMatchObject([{ lockType: 'GlobusUpload' }]);

    world.globus.finish(TASK, destinations(paths));
    const transferId = onlyTransfer(world);
    await followToEnd(world, transferId);
    expect((await world.ports.transfers.read(transferId))?.state).toBe('CLOSED');
    expect(registered(world)).toEqual(paths.map(([identifier]) => identifier).sort());
    expectNothingLeft(world);
  });

  it('keeps the rule and the lock for as long as the task is live', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK, { status: 'INACTIVE', niceStatus: 'PERMISSION_DENIED', faults: 7, isPaused: true });
    await report(world.ports, paths);
    const transferId = onlyTransfer(world);
    await expect(followToEnd(world, transferId)).rejects.toThrow(/does not end/);
    expect(world.clock.nowMilliseconds() - Date.UTC(2026, 2, 1)).toBeGreaterThan(24 * 3_600_000);
    expect(world.globus.rules).toHaveLength(1);
    expect(world.dataverse.lockList).toHaveLength(1);
  });

  it('registers only what arrived and lists the rest with the reason', async () => {
    const world = createWorld();
    const paths = await grant(world.ports, { numberOfFiles: 3 });
    world.globus.submit(TASK);
    await report(world.ports, paths);
    const fatalError = { code: 'QUOTA_EXCEEDED', description: 'no space left' };
    world.globus.finish(TASK, [paths[1]?.[1] ?? ''], { status: 'FAILED', fatalError });
    const transferId = onlyTransfer(world);
    await followToEnd(world, transferId);
    expect(registered(world)).toEqual([paths[1]?.[0]]);
    const results = await world.ports.files.readResults(transferId);
    expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['registered', null],
      ['not-transferred', 'QUOTA_EXCEEDED: no space left'],
      ['not-transferred', 'QUOTA_EXCEEDED: no space left'],
    ]);
    expectNothingLeft(world);
  });

  it('registers nothing of a cancelled task', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    const fatalError = { code: 'CANCELED', description: 'cancelled by the owner' };
    world.globus.finish(TASK, destinations(paths), { status: 'FAILED', fatalError });
    await followToEnd(world, onlyTransfer(world));
    expect(registered(world)).toEqual([]);
    expectNothingLeft(world);
  });
});

describe('a lease', () => {
  it('ends without a report: the rule goes', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    await followToEnd(world, transferId);
    expect((await world.ports.transfers.read(transferId))?.state).toBe('EXPIRED');
    expectNothingLeft(world);
  });

  it('does not end under a live task that was never reported; with that task it does', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.submit(TASK);
    await expect(followToEnd(world, transferId)).rejects.toThrow(/OBSERVED/);
    expect(world.globus.rules).toHaveLength(1);
    world.globus.finish(TASK, []);
    await followToEnd(world, transferId);
    expectNothingLeft(world);
  });

  it('takes the late report of a task it observed', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.submit(TASK);
    await expect(followToEnd(world, transferId)).rejects.toThrow(/OBSERVED/);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, transferId);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });

  it('gives the rule back to a task that slipped in between look and delete, and counts it', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    const { deleteAccessRule } = world.globus;
    world.globus.deleteAccessRule = async (rule) => {
      world.globus.submit(TASK);
      return deleteAccessRule(rule);
    };
    await expect(followToEnd(world, transferId)).rejects.toThrow(/OBSERVED/);
    expect(world.globus.rules).toMatchObject([{ path: PATH, principal: PRINCIPAL }]);
    expect((await world.ports.transfers.read(transferId))?.breaches).toBe(1);
  });

  it('is not ended while Globus cannot be asked', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.globus.down.add('listLiveTasks');
    await expect(followToEnd(world, onlyTransfer(world))).rejects.toThrow(/does not end/);
    expect(world.globus.rules).toHaveLength(1);
    world.globus.down.clear();
    await followToEnd(world, onlyTransfer(world));
    expectNothingLeft(world);
  });
});

describe('a task that nobody reported, live when the reported one has ended', () => {
  it('keeps the rule in a transfer of its own, and loses it when it ends', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.submit(OTHER_TASK);
    world.globus.finish(TASK, destinations(paths));
    const reported = onlyTransfer(world);
    await followToEnd(world, reported);
    expect(registered(world)).toHaveLength(2);
    expect(world.globus.rules).toHaveLength(1);
    const observed = world.ports.transfers.records().find((record) => record.transferId !== reported);
    expect(observed).toMatchObject({ state: 'OBSERVED', userName: CURATOR, path: PATH });
    expect(world.started).toContain(`${observed?.transferId}-1`);
    world.globus.finish(OTHER_TASK, []);
    await followToEnd(world, observed?.transferId as TransferId);
    expectNothingLeft(world);
  });
});

describe('two holders of one rule', () => {
  it('share it, and it goes with the last', async () => {
    const world = createWorld();
    const first = await grant(world.ports);
    world.clock.advance(1_000);
    const second = await grant(world.ports);
    expect(world.globus.rules).toHaveLength(1);
    const [a, b] = world.ports.transfers.records().map((record) => record.transferId);
    world.globus.submit(TASK);
    await report(world.ports, first);
    world.globus.finish(TASK, destinations(first));
    await followToEnd(world, a as TransferId);
    expect(world.globus.rules).toHaveLength(1);
    expect(second).toHaveLength(2);
    await followToEnd(world, b as TransferId);
    expectNothingLeft(world);
  });

  it('do not disturb the rule of another principal on the same path', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.clock.advance(1_000);
    await grant(world.ports, { principal: SECOND_PRINCIPAL });
    const [a, b] = world.ports.transfers.records().map((record) => record.transferId);
    await followToEnd(world, a as TransferId);
    expect(world.globus.rules).toMatchObject([{ principal: SECOND_PRINCIPAL }]);
    await followToEnd(world, b as TransferId);
    expectNothingLeft(world);
  });
});

describe('rules made by hand', () => {
  it('are used where they suffice, and never deleted', async () => {
    const world = createWorld();
    const ruleId = world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
    await grant(world.ports);
    await followToEnd(world, onlyTransfer(world));
    expect(world.globus.rules.map((rule) => rule.ruleId)).toEqual([ruleId]);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });

  it('refuse an upload where they give too little', async () => {
    const world = createWorld();
    const ruleId = world.globus.addRuleByHand(PATH, PRINCIPAL, 'r');
    await expect(grant(world.ports)).rejects.toThrow(/Permission already exists/);
    expect(world.globus.rules).toMatchObject([{ ruleId, permission: 'r' }]);
    expect(world.ports.accessRules.rows()).toEqual([]);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'REFUSED' }]);
  });
});

describe('a create call without an answer', () => {
  it.each([
    { case: 'that had its effect', fault: 'lost' as const },
    { case: 'that never lands', fault: 'never' as const },
  ])('$case is repeated, and its rule adopted', async ({ fault }) => {
    const world = createWorld();
    world.globus.createFaults.push(fault);
    await grant(world.ports);
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.accessRules.rows()).toMatchObject([{ state: 'PRESENT', foreignRuleIds: [] }]);
    await followToEnd(world, onlyTransfer(world));
    expectNothingLeft(world);
  });

  it('that lands after its caller gave up is found and removed', async () => {
    const world = createWorld();
    world.globus.createFaults.push('late', 'late', 'late');
    await expect(grant(world.ports)).rejects.toThrow(/did not answer clearly/);
    expect(world.started).toHaveLength(1);
    world.clock.advance(60_000);
    world.globus.land();
    expect(world.globus.rules).toHaveLength(1);
    await followToEnd(world, onlyTransfer(world));
    expectNothingLeft(world);
  });
});

describe('a collection that is full', () => {
  it('refuses with a time to come back, and leaves nothing', async () => {
    const world = createWorld();
    world.globus.ruleLimit = 0;
    await expect(grant(world.ports)).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 60 });
    expectNothingLeft(world);
  });
});

describe('an Idempotency-Key', () => {
  it('gets the same paths again, with one grant', async () => {
    const world = createWorld();
    const first = await grant(world.ports, { idempotencyKey: 'abc' });
    world.clock.advance(2_000);
    expect(await grant(world.ports, { idempotencyKey: 'abc' })).toEqual(first);
    expect(world.ports.transfers.records()).toHaveLength(1);
  });

  it('is refused for another order', async () => {
    const world = createWorld();
    await grant(world.ports, { idempotencyKey: 'abc' });
    await expect(grant(world.ports, { idempotencyKey: 'abc', numberOfFiles: 9 })).rejects.toThrow(/another principal/);
  });
});

describe('a report', () => {
  it('given again gets the same answer and changes nothing, also when all is over', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    const before = world.ports.transfers.records();
    await report(world.ports, paths);
    expect(world.ports.transfers.records()).toEqual(before);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, onlyTransfer(world));
    await report(world.ports, paths);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });

  it.each([{ case: 'for another task', taskIdentifier: OTHER_TASK, expected: /were reported before/ }])(
    '$case after the first is refused',
    async ({ taskIdentifier, expected }) => {
      const world = createWorld();
      const paths = await grant(world.ports);
      world.globus.submit(TASK);
      world.globus.submit(OTHER_TASK);
      await report(world.ports, paths);
      await expect(report(world.ports, paths, taskIdentifier)).rejects.toThrow(expected);
    },
  );

  it.each([
    { case: "another identity's task", changes: { ownerId: SECOND_PRINCIPAL }, expected: /does not belong/ },
    { case: 'a deletion', changes: { type: 'DELETE' as const }, expected: /not a transfer/ },
    { case: 'a task between other collections', changes: { destinationCollectionId: 'x' }, expected: /not visible/ },
    {
      case: 'a task from the collection to another',
      changes: { sourceCollectionId: COLLECTION, destinationCollectionId: 'x' },
      expected: /destination/,
    },
    { case: 'a task older than the grant', changes: { requestedAtEpochSeconds: 1 }, expected: /before the paths/ },
    { case: 'a task elsewhere', changes: { destinationBasePath: '/hdc1/10.5072/FK2/OTHER/' }, expected: /outside/ },
  ])('of $case is refused and locks nothing', async ({ changes, expected }) => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK, changes);
    await expect(report(world.ports, paths)).rejects.toThrow(expected);
    expect(world.dataverse.lockList).toEqual([]);
    expect(world.ports.claims.items()).toEqual([]);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'GRANTED', report: null }]);
  });

  it('of a task that Globus does not know is refused after a few seconds', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    await expect(report(world.ports, paths)).rejects.toMatchObject({ kind: 'missing' });
    expect(world.clock.sleeps).toHaveLength(3);
  });

  it("is refused in Dataverse's words while somebody else's lock stands, and may be repeated after it", async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    world.dataverse.lockList.push({ lockType: 'Ingest', userName: 'other' as never });
    await expect(report(world.ports, paths)).rejects.toThrow(
      'Dataset 29 is locked: Dataset cannot be edited due to dataset lock.',
    );
    expect(world.dataverse.lockList).toMatchObject([{ lockType: 'Ingest' }]);
    world.dataverse.lockList.length = 0;
    await report(world.ports, paths);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'BOUND' }]);
  });
});

describe('registration', () => {
  it.each([
    { case: 'answers 500 after having added the files', fault: '500-after-effect' as const },
    { case: 'adds the files and never answers', fault: 'silent-after-effect' as const },
    { case: 'never answers and adds nothing', fault: 'silent' as const },
  ])('registers each file exactly once when Dataverse $case', async ({ fault }) => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    world.dataverse.addFaults.push(fault, fault);
    await followToEnd(world, onlyTransfer(world));
    expect(registered(world)).toEqual(paths.map(([identifier]) => identifier).sort());
    expectNothingLeft(world);
  });

  it('goes on with the others when Dataverse refuses one file', async () => {
    const world = createWorld();
    const paths = await grant(world.ports, { numberOfFiles: 60 });
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    world.dataverse.fileErrors.set(paths[3]?.[0] ?? '', 'Bad Request:Failed to save the content of the uploaded file.');
    const transferId = onlyTransfer(world);
    await followToEnd(world, transferId);
    expect(registered(world)).toHaveLength(59);
    const refused = (await world.ports.files.readResults(transferId)).filter((each) => each.outcome === 'refused');
    expect(refused).toMatchObject([{ fileName: 'file3.txt', reason: /Failed to save/ }]);
    expectNothingLeft(world);
  });

  it("waits for somebody else's edit and breaks no lock", async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    world.dataverse.lockList.push({ lockType: 'EditInProgress', userName: 'other' as never });
    const transferId = onlyTransfer(world);
    await expect(followToEnd(world, transferId)).rejects.toThrow(/does not end/);
    expect(world.dataverse.lockList).toContainEqual({ lockType: 'EditInProgress', userName: 'other' });
    world.dataverse.lockList.splice(
      world.dataverse.lockList.findIndex((lock) => lock.userName === ('other' as never)),
      1,
    );
    await followToEnd(world, transferId);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });
});

describe('a crash', () => {
  /** More calls than an upload makes; the loop ends at the first number that no run reaches. */
  const MOST_CALLS = 400;

  it.each([
    { case: 'before', effect: false },
    { case: 'after the effect of', effect: true },
  ])('$case any single call outside leaves no rule, no lock and no file twice', async ({ effect }) => {
    let crashes = 0;
    for (let call = 1; call < MOST_CALLS; call++) {
      const world = createWorld();
      const crash = crashingAt(world.ports, call, effect);
      await uploadWithRetries(world, crash.ports);
      if (!crash.happened()) break;
      crashes += 1;
      expectNothingLeft(world);
      const files = registered(world);
      expect(new Set(files).size, `files registered twice after a crash at call ${call} (${crash.where()})`).toBe(
        files.length,
      );
      for (const record of world.ports.transfers.records()) {
        expect(['CLOSED', 'EXPIRED', 'REFUSED'], `state after a crash at call ${call} (${crash.where()})`).toContain(
          record.state,
        );
      }
      expect(files.length, `files after a crash at call ${call} (${crash.where()})`).toBe(2);
    }
    expect(crashes).toBeGreaterThan(60);
  });

  /** A client that repeats what got no answer: first with dying ports, then with sound ones; at the end every transfer is followed. */
  async function uploadWithRetries(world: World, dying: Ports): Promise<void> {
    const paths = await grant(dying).catch(async () => {
      world.clock.advance(60_000);
      return grant(world.ports);
    });
    world.globus.submit(TASK);
    await report(dying, paths).catch(async () => {
      world.clock.advance(60_000);
      await report(world.ports, paths);
    });
    world.globus.finish(TASK, destinations(paths));
    for (const { transferId } of world.ports.transfers.records()) {
      await followToEnd({ ports: dying as World['ports'], clock: world.clock }, transferId).catch(() => undefined);
      world.clock.advance(300_000);
      await followToEnd(world, transferId);
    }
  }
});
