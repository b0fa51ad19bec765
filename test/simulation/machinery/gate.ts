import type { Chance } from './chance.ts';
import { CAUSES, disturbanceOf, type FaultKind } from './faults.ts';
import type { Invocation } from './invocation.ts';
import type { FaultPlan } from './plan.ts';
import type { Schedule } from './schedule.ts';

/** What the gate needs of the world around it. */
export interface GateWorld {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly faults: FaultPlan;
  /** Told before each effect whose it is, and undefined after it. */
  acting(invocation: Invocation | undefined): void;
  trace(invocation: Invocation, line: () => string): void;
  /** A fault was met. */
  disturbed(): void;
  /** One more effect or frozen process, or one less, is to be reckoned with although nobody waits for it. */
  onItsWay(change: 1 | -1): void;
  /** The process of this run is gone. */
  died(invocation: Invocation): void;
  counted(call: string): number;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** How long calls take when all is well, in milliseconds: the lower and the upper bound. */
const PACE: Readonly<Record<string, readonly [number, number]>> = {
  globus: [20, 400],
  dataverse: [10, 300],
  workflow: [5, 60],
};
const TABLE_PACE = [2, 30] as const;
/** Registering files takes Dataverse a while. */
const PACE_OF_ADDING = [500, 8_000] as const;
const SLOW = [6_000, 24_000] as const;
const FROZEN = [70_000, 900_000] as const;

/**
 * A port whose every call goes through the schedule: it takes place at a moment that chance decides, and meets what the plan has for it.
 * @param port - the name under which calls are known
 */
export function gated<Port extends object>(world: GateWorld, invocation: Invocation, port: string, truth: Port): Port {
  const methods = new Map<string | symbol, unknown>();
  return new Proxy(truth, {
    get(target, name) {
      const known = methods.get(name);
      if (known) return known;
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || typeof name !== 'string') return method;
      const call: Method = (...args) => {
        const effect = () => Reflect.apply(method, target, args) as Promise<unknown>;
        return through(world, invocation, port, name, args, effect);
      };
      methods.set(name, call);
      return call;
    },
  });
}

function through(
  world: GateWorld,
  invocation: Invocation,
  port: string,
  method: string,
  args: readonly unknown[],
  effect: () => Promise<unknown>,
): Promise<unknown> {
  if (invocation.isDead) return new Promise(() => undefined);
  const { schedule, chance } = world;
  const call = `${invocation.functionName}: ${port}.${method}`;
  const occurrence = world.counted(call);
  const disturbance = disturbanceOf(port, method);
  const kind = world.faults.decide({ name: call, occurrence, disturbance });
  const [fastest, slowest] = paceOf(port, method);
  const way = chance.whole(`way of ${call}`, fastest, slowest);
  if (kind) world.disturbed();
  const cause = kind ? chance.pick(`cause at ${call}`, CAUSES) : '';
  world.trace(invocation, () => `${port}.${method}(${shown(args)})${kind ? `  !! ${kind}` : ''}`);

  const happen = (): Promise<unknown> => {
    world.acting(invocation);
    const result = effect();
    world.acting(undefined);
    // Whoever gives up on it must not leave a rejection that nobody looks at.
    result.catch(() => undefined);
    return result;
  };
  /** The effect comes with nobody to tell of it, between two moments from now. */
  const land = (soonest: number, latest: number) => {
    world.onItsWay(1);
    schedule.after(chance.whole(`landing of ${call}`, soonest, latest), () => {
      world.onItsWay(-1);
      void happen();
    });
  };
  const latest = Math.max(disturbance.patience + 1_000, disturbance.landsWithin);
  const { patience } = disturbance;

  return new Promise((resolve, reject) => {
    const deliver = (answer: () => Promise<unknown>) => {
      if (invocation.isDead) return;
      if (schedule.now < invocation.frozenUntil) {
        schedule.at(invocation.frozenUntil, () => deliver(answer));
        return;
      }
      answer().then(
        (value) => {
          world.trace(invocation, () => `  ${port}.${method} -> ${shown(value)}`);
          resolve(value);
        },
        (error: unknown) => {
          world.trace(invocation, () => `  ${port}.${method} -> ${String(error)}`);
          reject(error);
        },
      );
    };
    /** The effect on its way there, the answer on its way back. */
    const go = (there: number, back: number, times = 1) => {
      schedule.after(there, () => {
        // What was sent arrives, whatever became of its sender.
        const result = happen();
        for (let again = 1; again < times; again += 1) schedule.after(back / 2, () => void happen());
        if (back === 0) deliver(() => result);
        else schedule.after(back, () => deliver(() => result));
      });
    };
    const tell = (after: number, toldKind: FaultKind) =>
      schedule.after(after, () => deliver(async () => disturbance.told(toldKind, cause)));

    switch (kind) {
      case undefined:
        return go(way, 0);
      case 'slow': {
        const slowness = chance.whole(`slowness of ${call}`, ...SLOW);
        // Either the effect comes late, or the answer to it.
        if (!chance.happens(`${call} is slow on its way there`, 0.5)) return go(way, slowness);
        return go(Math.min(slowness, patience), way);
      }
      case 'twice':
        return go(way, way + 50, 2);
      case 'fails':
        return tell(
          disturbance.kinds.includes('hangs') ? way : chance.whole(`silence of ${call}`, way, disturbance.patience),
          kind,
        );
      case 'denied':
      case 'not-found':
        return tell(way, kind);
      case 'hangs':
        return tell(disturbance.patience, kind);
      case 'late':
        land(patience, latest);
        return tell(patience, kind);
      case 'lost':
        schedule.after(way, () => void happen());
        return tell(way + chance.whole(`silence of ${call}`, 100, 5_000), kind);
      case 'outdated': {
        const earlier = happen();
        return schedule.after(way + chance.whole(`age of ${call}`, 1_000, 9_000), () => deliver(() => earlier));
      }
      case 'dies-before':
        return schedule.after(way, () => world.died(invocation));
      case 'dies-after':
        return schedule.after(way, () => {
          void happen();
          world.died(invocation);
        });
      case 'dies-late':
        // Who has died waits for nothing: half of what it sent lands within seconds, before anybody follows it.
        if (chance.happens(`${call} lands soon`, 0.5)) land(way, patience);
        else land(patience, latest);
        return schedule.after(way, () => world.died(invocation));
      case 'freezes':
        return schedule.after(way, () => {
          const result = happen();
          invocation.frozenUntil = schedule.now + chance.whole(`frost at ${call}`, ...FROZEN);
          world.onItsWay(1);
          schedule.at(invocation.frozenUntil, () => world.onItsWay(-1));
          deliver(() => result);
        });
    }
  });
}

function paceOf(port: string, method: string): readonly [number, number] {
  if (method === 'addFiles') return PACE_OF_ADDING;
  return PACE[port] ?? TABLE_PACE;
}

/** A value in one short line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  const plain = Array.isArray(value) && text.startsWith('[') ? text.slice(1, -1) : text;
  return plain.length > 400 ? `${plain.slice(0, 400)}…` : plain;
}
