import type { Chance } from './chance.ts';
import { type Disturbance, type FaultKind, hasEffect } from './faults.ts';

/** A call that one run of a function makes. */
export interface CallMade {
  /** `<function>: <port>.<method>`, such as `end-lease: globus.deleteAccessRule`. */
  readonly name: string;
  /** How often a call of this name was made before in this run of the simulation, from 1. */
  readonly occurrence: number;
  readonly disturbance: Disturbance;
}

/** A fault at one call. */
export interface PlannedFault {
  readonly call: string;
  readonly occurrence: number;
  readonly kind: FaultKind;
}

/** Decides what becomes of each call, and remembers what it decided. */
export interface FaultPlan {
  /** Undefined: the call goes well. */
  decide(call: CallMade): FaultKind | undefined;
  /** Faults that were met, in order. */
  readonly met: readonly PlannedFault[];
  /** No fault from now on. */
  stop(): void;
}

export function faultName({ call, occurrence, kind }: PlannedFault): string {
  return `${call} #${occurrence} ${kind}`;
}

function planOf(decideFreely: (call: CallMade) => FaultKind | undefined): FaultPlan {
  const met: PlannedFault[] = [];
  let isOver = false;
  return {
    met,
    decide(call) {
      const kind = isOver ? undefined : decideFreely(call);
      if (kind) met.push({ call: call.name, occurrence: call.occurrence, kind });
      return kind;
    },
    stop() {
      isOver = true;
    },
  };
}

export function noFaults(): FaultPlan {
  return planOf(() => undefined);
}

/** Exactly these faults. `*` in the place of the function stands for any, and a call without an occurrence for its first one. */
export function exactly(faults: readonly PlannedFault[]): FaultPlan {
  const wanted = new Map(faults.map((fault) => [`${fault.call} #${fault.occurrence}`, fault.kind]));
  // It is over when all of them were met, and not before.
  return { ...planOf(({ name, occurrence }) => wanted.get(`${name} #${occurrence}`)), stop: () => undefined };
}

/** How a run is disturbed by chance. */
export interface Harshness {
  /** Of a call being disturbed at all. */
  readonly probability: number;
  /** How much more often a call with an effect is hit: these are the ones that leave something behind. */
  readonly factorOfEffects: number;
  /** Kinds that this run knows; all of them when left out. */
  readonly kinds?: readonly FaultKind[] | undefined;
}

/** Faults by chance. @param spared - faults left out: so that a failing run can be made smaller */
export function byChance(chance: Chance, harshness: Harshness, spared: ReadonlySet<string> = new Set()): FaultPlan {
  const { probability, factorOfEffects, kinds } = harshness;
  return planOf(({ name, occurrence, disturbance }) => {
    const weight = hasEffect(disturbance) ? factorOfEffects : 1;
    if (!chance.happens(`fault at ${name}`, probability * weight)) return undefined;
    const possible = kinds ? disturbance.kinds.filter((kind) => kinds.includes(kind)) : disturbance.kinds;
    if (possible.length === 0) return undefined;
    const kind = chance.pick(`kind of fault at ${name}`, possible);
    return spared.has(faultName({ call: name, occurrence, kind })) ? undefined : kind;
  });
}
