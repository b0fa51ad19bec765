import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../functions/domain/errors.ts';
import { mortalPorts } from '../../functions/use-cases/mortal-ports.ts';
import { releaseRule } from '../../functions/use-cases/release-rule.ts';
import { startingFrom } from '../../functions/use-cases/starting-from.ts';
import { aRecord, TRANSFER } from '../support/builders.ts';
import { createWorld, grant, type World } from '../support/world.ts';

/** Counts the calls of one method from here on. */
function countCalls<Port extends object, Name extends keyof Port & string>(port: Port, name: Name): () => number {
  const method = port[name] as (...args: unknown[]) => unknown;
  let calls = 0;
  Object.assign(port, {
    [name]: (...args: unknown[]) => {
      calls += 1;
      return method.apply(port, args);
    },
  });
  return () => calls;
}

const madeDirectories = (world: World) => countCalls(world.ports.globus, 'makeDirectory');

describe('directories of a dataset', () => {
  it('are all made for the first dataset of an authority', async () => {
    const world = createWorld();
    world.globus.directories.clear();
    world.globus.directories.add('/hdc1/');
    await grant(world.ports);
    expect([...world.globus.directories]).toEqual([
      '/hdc1/',
      '/hdc1/10.5072/',
      '/hdc1/10.5072/FK2/',
      '/hdc1/10.5072/FK2/ILLPXE/',
    ]);
  });

  it('take one call where the outer ones are there', async () => {
    const world = createWorld();
    for (const path of ['/hdc1/', '/hdc1/10.5072/', '/hdc1/10.5072/FK2/']) world.globus.directories.add(path);
    const calls = madeDirectories(world);
    await grant(world.ports);
    expect(calls()).toBe(1);
    expect(world.globus.directories).toContain('/hdc1/10.5072/FK2/ILLPXE/');
  });

  it('that cannot be made refuse the grant in the words that Globus has for the outermost', async () => {
    const world = createWorld();
    world.globus.directories.clear();
    await expect(grant(world.ports)).rejects.toThrow('Globus refused the directory /hdc1/10.5072/');
    expect(world.globus.rules).toEqual([]);
  });
});

describe('a collection that is silent', () => {
  it('is asked once to make a directory: the grant is refused within the time that a request has, with nothing left', async () => {
    const world = createWorld();
    let asked = 0;
    world.globus.makeDirectory = async () => {
      asked += 1;
      world.clock.advance(20_000);
      throw new UnavailableError('Globus gave no answer to the directory');
    };
    await expect(grant(mortalPorts(world.ports, 29_000) as World['ports'])).rejects.toThrow('no answer');
    expect(asked).toBe(1);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'REFUSED' }]);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

describe('a look before the last holder goes', () => {
  it('may take long: the deletion after it does not count as left by its worker', async () => {
    const world = createWorld();
    await grant(world.ports);
    const [record] = world.ports.transfers.records();
    if (!record) throw new Error('there is no transfer');
    const ages: number[] = [];
    const { deleteAccessRule } = world.globus;
    world.globus.deleteAccessRule = async (rule) => {
      for (const row of world.ports.accessRules.rows()) {
        ages.push(world.clock.nowEpochSeconds() - row.stateSinceEpochSeconds);
      }
      return deleteAccessRule(rule);
    };
    const beforeLast = async () => world.clock.advance(16_000);
    await releaseRule(world.ports, { key: record, transferId: record.transferId, beforeLast });
    expect(ages).toEqual([0]);
  });
});

describe('ports that start from a record just read', () => {
  const stored = aRecord({ version: 7 });
  const worldWithRecord = async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(stored);
    return { world, reads: countCalls(world.ports.transfers, 'read') };
  };

  it('answer the first read with it, and ask for every other', async () => {
    const { world, reads } = await worldWithRecord();
    const ports = startingFrom(world.ports, stored);
    expect(await ports.transfers.read(TRANSFER)).toBe(stored);
    expect(reads()).toBe(0);
    await ports.transfers.read(TRANSFER);
    expect(reads()).toBe(1);
  });

  it('ask when a write came in between', async () => {
    const { world, reads } = await worldWithRecord();
    const ports = startingFrom(world.ports, stored);
    await ports.transfers.write({ ...stored, version: 8, looks: 3 });
    expect(await ports.transfers.read(TRANSFER)).toMatchObject({ version: 8, looks: 3 });
    expect(reads()).toBe(1);
  });

  it('ask for any other record', async () => {
    const { world, reads } = await worldWithRecord();
    const ports = startingFrom(world.ports, aRecord({ transferId: '30-18b49d3688c' as typeof TRANSFER }));
    expect(await ports.transfers.read(TRANSFER)).toMatchObject({ transferId: TRANSFER });
    expect(reads()).toBe(1);
  });
});
