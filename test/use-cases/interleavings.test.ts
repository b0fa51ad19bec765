/** Interleavings that broke a promise once, kept for ever. */
import { describe, expect, it } from 'vitest';
import { NotFoundError, NoUserTokenError, UnavailableError } from '../../functions/domain/errors.ts';
import type { TaskId, TransferId } from '../../functions/domain/ids.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { raiseAttention } from '../../functions/use-cases/raise-attention.ts';
import { registerFiles } from '../../functions/use-cases/register-files.ts';
import { releaseAfterTask } from '../../functions/use-cases/release-after-task.ts';
import { releaseRule } from '../../functions/use-cases/release-rule.ts';
import { OTHER_TASK, PATH, PRINCIPAL, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { SERVICE_ACCOUNT } from '../support/fakes/fake-dataverse.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, runStep, runUntil, SETTINGS, type World } from '../support/world.ts';

const THIRD_TASK = 'b5fd01aa-8963-11ee-83ae-d5484943e99b' as TaskId;

/** Runs the steps of a transfer until its rule is the next thing to release. */
const untilRelease = (world: World, transferId: TransferId) => runUntil(world, transferId, 'RELEASE');

/** A transfer that is granted, reported and whose task has ended with all files. */
async function finishedUpload(world: World): Promise<{ transferId: TransferId; identifiers: string[] }> {
  const paths = await grant(world.ports);
  world.globus.submit(TASK);
  await report(world.ports, paths);
  world.globus.finish(TASK, destinations(paths));
  return { transferId: onlyTransfer(world), identifiers: paths.map(([identifier]) => identifier) };
}

function stateOf(world: World, transferId: TransferId) {
  return world.ports.transfers.records().find((record) => record.transferId === transferId)?.state;
}

function others(world: World, transferId: TransferId): TransferId[] {
  return world.ports.transfers
    .records()
    .flatMap((record) => (record.transferId === transferId ? [] : record.transferId));
}

async function followAll(world: World): Promise<void> {
  for (const { transferId } of world.ports.transfers.records()) await followToEnd(world, transferId);
}

describe('settling beside tasks that nobody reported', () => {
  it('makes a new observing transfer when the one of an earlier, interrupted look is over', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const settling = onlyTransfer(world);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.submit(OTHER_TASK);
    world.globus.finish(TASK, destinations(paths));
    await untilRelease(world, settling);
    const dying = crashingAt(world.ports, 'workflow.start', true).ports;
    await expect(releaseAfterTask(dying, settling)).rejects.toThrow('workflow.start');
    const [observing] = others(world, settling);
    world.clock.advance(120_000);
    world.globus.finish(OTHER_TASK, []);
    await followToEnd(world, observing as TransferId);
    expect(stateOf(world, observing as TransferId)).toBe('EXPIRED');

    world.globus.submit(THIRD_TASK);
    world.clock.advance(300_000);
    await followToEnd(world, settling);
    expect(stateOf(world, settling)).toBe('CLOSED');
    expect(world.globus.rules).toHaveLength(1);
    world.globus.finish(THIRD_TASK, []);
    await followAll(world);
    expect(world.ports.accessRules.rows()).toEqual([]);
    expect(world.globus.rules).toEqual([]);
  });

  it('keeps the rule when two holders let go at once and each still saw the other', async () => {
    const world = createWorld();
    const first = await grant(world.ports);
    world.clock.advance(1_000);
    const second = await grant(world.ports);
    const [a, b] = world.ports.transfers.records().map((record) => record.transferId) as [TransferId, TransferId];
    world.globus.submit(TASK);
    await report(world.ports, first);
    await report(world.ports, second);
    world.globus.finish(TASK, [...destinations(first), ...destinations(second)]);
    world.globus.submit(OTHER_TASK);
    await untilRelease(world, a);
    await untilRelease(world, b);
    const { read } = world.ports.accessRules;
    let isFirstRead = true;
    const interleaved = {
      ...world.ports,
      accessRules: {
        ...world.ports.accessRules,
        read: async (key: Parameters<typeof read>[0]) => {
          const row = await read(key);
          if (isFirstRead) {
            isFirstRead = false;
            await releaseAfterTask(world.ports, b);
          }
          return row;
        },
      },
    };
    await releaseAfterTask(interleaved, a);
    expect(world.globus.rules).toHaveLength(1);
    world.globus.finish(OTHER_TASK, []);
    await followAll(world);
    expect(world.globus.rules).toEqual([]);
  });

  it('looks back to the birth of the rule, not only to its own grant', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const reported = onlyTransfer(world);
    world.globus.submit(TASK);
    world.globus.submit(OTHER_TASK);
    await report(world.ports, paths);
    world.clock.advance(120_000);
    await grant(world.ports);
    const [later] = others(world, reported);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, reported);
    await expect(followToEnd(world, later as TransferId)).rejects.toThrow(/OBSERVED/);
    expect(world.globus.rules).toHaveLength(1);
  });
});

describe('a grant that died after it became a holder', () => {
  it('looks back to the birth of the rule when its lease ends', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const reported = onlyTransfer(world);
    world.globus.submit(TASK);
    world.globus.submit(OTHER_TASK);
    await report(world.ports, paths);
    world.clock.advance(120_000);
    await expect(grant(crashingAt(world.ports, 'accessRules.write', true).ports)).rejects.toThrow('accessRules.write');
    const [died] = others(world, reported);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, reported);
    world.clock.advance(400_000);
    await expect(followToEnd(world, died as TransferId)).rejects.toThrow(/OBSERVED/);
    expect(world.globus.rules).toHaveLength(1);
  });
});

describe('a grant that fails after it joined a rule', () => {
  it('does not take the rule from a live task that nobody reported, when the other holder let go meanwhile', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const settling = onlyTransfer(world);
    world.globus.submit(TASK);
    world.globus.submit(OTHER_TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    await untilRelease(world, settling);
    world.clock.advance(1_000);
    const { listAccessRules } = world.globus;
    world.globus.listAccessRules = async () => {
      // The new grant is a holder by now, so the settling one is not the last and takes no look.
      world.globus.listAccessRules = listAccessRules;
      await releaseAfterTask(world.ports, settling);
      throw new UnavailableError('Globus is down');
    };
    await expect(grant(world.ports)).rejects.toThrow('Globus is down');
    expect(world.globus.rules).toHaveLength(1);

    const [failed] = others(world, settling);
    expect(world.started).toContain(`${failed}-1`);
    world.clock.advance(400_000);
    await expect(followToEnd(world, failed as TransferId)).rejects.toThrow(/OBSERVED/);
    world.globus.finish(OTHER_TASK, []);
    await followAll(world);
    expect(world.globus.rules).toEqual([]);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

describe('a grant that fails before there is any rule', () => {
  it('is refused at once, whatever else the same person transfers', async () => {
    const world = createWorld();
    world.globus.submit(OTHER_TASK);
    world.globus.down.add('makeDirectory');
    await expect(grant(world.ports)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'REFUSED' }]);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

describe('the look before the last holder lets go', () => {
  it('is repeated when the row has moved since', async () => {
    const world = createWorld();
    await grant(world.ports);
    const { accessRules } = world.ports;
    let looks = 0;
    const beforeLast = async () => {
      looks += 1;
      const row = world.ports.accessRules.rows()[0];
      if (looks === 1 && row) await accessRules.write({ ...row, version: row.version + 1 });
    };
    const [record] = world.ports.transfers.records();
    if (!record) throw new Error('expected a transfer');
    const released = await releaseRule(world.ports, { key: record, transferId: record.transferId, beforeLast });
    expect([released, looks]).toEqual([{ kind: 'gone' }, 2]);
  });
});

describe('a lease end', () => {
  it('takes a task that writes into a directory above for one that may write here', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.globus.submit(TASK, { destinationBasePath: '/hdc1/10.5072/FK2/' });
    await expect(followToEnd(world, onlyTransfer(world))).rejects.toThrow(/OBSERVED/);
    expect(world.globus.rules).toHaveLength(1);
  });

  it('whose worker died before the delete call is finished, and the rule given back to a task seen meanwhile', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.clock.advance(301_000);
    const dying = crashingAt(world.ports, 'globus.deleteAccessRule', false).ports;
    await expect(endLease(dying, transferId)).rejects.toThrow('globus.deleteAccessRule');
    world.globus.submit(TASK);
    world.clock.advance(120_000);
    await endLease(world.ports, transferId);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'OBSERVED', breaches: 1 }]);
    expect(world.globus.rules).toHaveLength(1);
    world.globus.finish(TASK, []);
    await followToEnd(world, transferId);
    expect(world.globus.rules).toEqual([]);
  });
});

describe('a rule made by hand while ours is being made', () => {
  it('is not deleted, even when the list fails right after Globus said "exists"', async () => {
    const world = createWorld();
    const { makeDirectory, createAccessRule, listAccessRules } = world.globus;
    world.globus.makeDirectory = async (directory) => {
      if (directory.path === PATH && world.globus.rules.length === 0) world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
      return makeDirectory(directory);
    };
    world.globus.createAccessRule = async (rule) => {
      const answer = await createAccessRule(rule);
      world.globus.listAccessRules = async () => {
        world.globus.listAccessRules = listAccessRules;
        throw new UnavailableError('Globus is down');
      };
      return answer;
    };
    await expect(grant(world.ports)).rejects.toThrow('Globus is down');
    await followAll(world);
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

describe('a dataset that is destroyed', () => {
  function destroyDataset(world: World): void {
    const gone = async (): Promise<never> => {
      throw new NotFoundError('Dataset with ID 29 not found.');
    };
    Object.assign(world.dataverse, { lock: gone, locks: gone, unlock: gone, listFiles: gone });
  }

  it('while a report is noted lets the lease end all the same', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    world.dataverse.down.add('lock');
    await expect(report(world.ports, paths)).rejects.toMatchObject({ kind: 'unavailable' });
    world.globus.finish(TASK, []);
    destroyDataset(world);
    world.clock.advance(24 * 3_600_000);
    await followToEnd(world, onlyTransfer(world));
    expect(world.globus.rules).toEqual([]);
  });

  it('after the report ends the transfer with that reason', async () => {
    const world = createWorld();
    const { transferId } = await finishedUpload(world);
    destroyDataset(world);
    await followToEnd(world, transferId);
    expect(stateOf(world, transferId)).toBe('CLOSED');
    const results = await world.ports.files.readResults(transferId);
    expect(world.ports.transfers.records()[0]?.registration).toMatchObject({ registered: 0, failed: 2 });
    expect(results.every((result) => result.outcome !== 'registered')).toBe(true);
  });
});

describe('an Idempotency-Key', () => {
  it('may be used again after "repeat later"', async () => {
    const world = createWorld();
    world.globus.ruleLimit = 0;
    await expect(grant(world.ports, { idempotencyKey: 'k' })).rejects.toMatchObject({ kind: 'unavailable' });
    world.globus.ruleLimit = 1_000;
    world.clock.advance(60_000);
    const paths = await grant(world.ports, { idempotencyKey: 'k' });
    expect(await grant(world.ports, { idempotencyKey: 'k' })).toEqual(paths);
  });

  it('may be used again when its grant was left to the end of its lease without ever having been given', async () => {
    const world = createWorld();
    world.globus.createFaults.push('never', 'never', 'never');
    await expect(grant(world.ports, { idempotencyKey: 'k' })).rejects.toMatchObject({ kind: 'unavailable' });
    await followToEnd(world, onlyTransfer(world));
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'EXPIRED', wasGranted: false }]);
    const paths = await grant(world.ports, { idempotencyKey: 'k' });
    expect(await grant(world.ports, { idempotencyKey: 'k' })).toEqual(paths);
  });

  it('gets an id of its own when another grant took the one it had claimed', async () => {
    const world = createWorld();
    const { claimIdempotencyKey } = world.ports.transfers;
    let isFirst = true;
    world.ports.transfers.claimIdempotencyKey = async (...asked) => {
      const claimed = await claimIdempotencyKey(...asked);
      if (isFirst) {
        isFirst = false;
        await grant(world.ports);
      }
      return claimed;
    };
    const paths = await grant(world.ports, { idempotencyKey: 'k' });
    expect(await grant(world.ports, { idempotencyKey: 'k' })).toEqual(paths);
    expect(world.ports.transfers.records()).toHaveLength(2);
  });
});

describe('holders that join while a rule is being made', () => {
  it('use up none of the create calls', async () => {
    const world = createWorld();
    const { write } = world.ports.accessRules;
    let joined = 0;
    world.ports.accessRules.write = async (row) => {
      if (row.state === 'CREATING' && row.attemptId !== null && joined < 5) {
        joined += 1;
        const current = await world.ports.accessRules.read(row);
        if (current) {
          const holders = { ...current.holders, [`29-0000000000${joined}`]: 'rw' as const };
          await write({ ...current, version: current.version + 1, holders });
        }
      }
      return write(row);
    };
    expect(await grant(world.ports)).toHaveLength(2);
    expect(world.globus.rules).toHaveLength(1);
  });
});

describe('registering', () => {
  it('asks an operator, and keeps the header small, however often and however wordily Dataverse refuses', async () => {
    const world = createWorld();
    const { transferId } = await finishedUpload(world);
    await untilRelease(world, transferId);
    await releaseAfterTask(world.ports, transferId);
    world.dataverse.addFiles = async () => ({ kind: 'refused', status: 400, message: 'x'.repeat(4_000) });
    for (let round = 0; round < 100; round++) {
      const refusal = await runStep(world.ports, transferId, 'REGISTER').catch((error: Error) => error);
      const { name, message, stack } = refusal as Error;
      const cause = JSON.stringify({ errorType: name, errorMessage: message, trace: stack?.split('\n') });
      await raiseAttention(world.ports, transferId, `${name}: ${cause}`);
    }
    const record = await world.ports.transfers.read(transferId);
    expect(record?.state).toBe('ATTENTION');
    expect(JSON.stringify(record).length).toBeLessThan(200_000);
  });

  it('takes an error without an identifier for the file at its place, and goes on with the others', async () => {
    const world = createWorld();
    const { transferId, identifiers } = await finishedUpload(world);
    const { addFiles } = world.dataverse;
    world.dataverse.addFiles = async (dataset, actingAs, files) => {
      const good = files.filter((file) => file.storageIdentifier !== identifiers[0]);
      const answer = await addFiles(dataset, actingAs, good);
      if (answer.kind !== 'answered') return answer;
      const added = new Map(answer.files.map((file) => [file.storageIdentifier, file]));
      const error = 'Not a valid Tabular Data Tag:  [x].';
      return {
        kind: 'answered',
        files: files.map((file) => added.get(file.storageIdentifier) ?? { storageIdentifier: undefined, error }),
      };
    };
    await followToEnd(world, transferId);
    expect(stateOf(world, transferId)).toBe('CLOSED');
    expect(world.dataverse.files.map((file) => file.storageIdentifier)).toEqual([identifiers[1]]);
  });

  it('comes to its end when Dataverse is mended after having listed nothing for a while', async () => {
    const world = createWorld();
    const { transferId } = await finishedUpload(world);
    const { addFiles } = world.dataverse;
    let forgotten = 0;
    world.dataverse.addFiles = async (dataset, actingAs, files) => {
      if (forgotten++ > 5) return addFiles(dataset, actingAs, files);
      world.dataverse.lockList.length = 0;
      return {
        kind: 'answered',
        files: files.map(({ storageIdentifier }) => ({ storageIdentifier, error: undefined })),
      };
    };
    await followToEnd(world, transferId);
    expect(world.dataverse.files).toHaveLength(2);
  });

  it('guesses nothing once Globus has forgotten which files it copied', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, [], { historyDeleted: true });
    await expect(followToEnd(world, onlyTransfer(world))).rejects.toThrow(/does not end/);
    expect(stateOf(world, onlyTransfer(world))).toBe('SETTLING');
  });

  it('as the service account sends no second batch while Dataverse still works on the first', async () => {
    const world = createWorld();
    const { dataverse, clock } = world;
    const { transferId } = await finishedUpload(world);
    let busyUntil = Number.POSITIVE_INFINITY;
    let sent = 0;
    const { locks } = dataverse;
    dataverse.locks = async (datasetId) => {
      if (clock.nowMilliseconds() >= busyUntil) dataverse.lockList.length = 0;
      return locks(datasetId);
    };
    dataverse.addFiles = async (_datasetId, actingAs) => {
      if (actingAs.kind === 'user') throw new NoUserTokenError('no token');
      sent += 1;
      // Dataverse removes any EditInProgress and places its own under the acting account (dataverse-api.md 4.4).
      dataverse.lockList.splice(0, 9, { lockType: 'EditInProgress', userName: SERVICE_ACCOUNT });
      busyUntil = clock.nowMilliseconds() + 20 * 60_000;
      clock.advance(95_000);
      return { kind: 'unknown', reason: 'time-out', mayStillRun: true };
    };
    await untilRelease(world, transferId);
    await releaseAfterTask(world.ports, transferId);
    while (clock.nowMilliseconds() < busyUntil - 600_000 || sent === 0) {
      const settings = { ...SETTINGS, noTokenPolicy: 'service-account' as const };
      const { waitSeconds } = await registerFiles(world.ports, settings, transferId);
      clock.advance(waitSeconds * 1000);
    }
    expect(sent).toBe(1);
  });
});
