/**
 * All chance of a simulated run, drawn from one seed. A draw belongs to a name and to how often that name was drawn before, not to its place in the
 * whole run: when a fault is taken out of a run, everything else happens as it did, so that a failing run can be made smaller.
 */
export interface Chance {
  readonly seed: number;
  /** From 0 (included) to 1 (excluded). */
  fraction(name: string): number;
  happens(name: string, probability: number): boolean;
  /** A whole number from `low` to `high`, both included. */
  whole(name: string, low: number, high: number): number;
  pick<Item>(name: string, items: readonly Item[]): Item;
}

const TWO_TO_32 = 2 ** 32;

export function createChance(seed: number): Chance {
  const drawn = new Map<string, number>();
  const fraction = (name: string): number => {
    const count = (drawn.get(name) ?? 0) + 1;
    drawn.set(name, count);
    return mixed(hashed(name, seed), count) / TWO_TO_32;
  };
  const whole = (name: string, low: number, high: number) => low + Math.floor(fraction(name) * (high - low + 1));
  return {
    seed,
    fraction,
    happens: (name, probability) => probability > 0 && fraction(name) < probability,
    whole,
    pick<Item>(name: string, items: readonly Item[]): Item {
      const item = items[whole(name, 0, items.length - 1)];
      if (item === undefined) throw new Error(`nothing to pick for ${name}`);
      return item;
    },
  };
}

/** FNV-1a over the name, begun with the seed. */
function hashed(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** The finalizer of MurmurHash3: each bit of the input changes half of the bits of the result. */
function mixed(hash: number, count: number): number {
  let value = (hash ^ Math.imul(count, 0x85ebca6b)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
