import { describe, expect, it } from 'vitest';
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
