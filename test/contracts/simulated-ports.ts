import { createChance } from '../simulation/machinery/chance.ts';
import { type GateWorld, gated } from '../simulation/machinery/gate.ts';
import { noFaults } from '../simulation/machinery/plan.ts';
import { Schedule } from '../simulation/machinery/schedule.ts';
import { START_MILLISECONDS } from '../support/builders.ts';

/** Time and gate of the simulation, without faults, for ports that are called as any other. */
export interface SimulatedTime {
  readonly schedule: Schedule;
  readonly chance: ReturnType<typeof createChance>;
  /** The port behind the gate; virtual time passes while somebody waits for an answer. */
  through<Port extends object>(name: string, truth: Port): Port;
  /** Lets time pass until something is so. */
  until(isSo: () => boolean): Promise<void>;
}

export function simulatedTime(): SimulatedTime {
  const schedule = new Schedule(START_MILLISECONDS);
  const chance = createChance(1);
  const world: GateWorld = {
    schedule,
    chance,
    faults: noFaults(),
    acting: () => undefined,
    trace: () => undefined,
    disturbed: () => undefined,
    onItsWay: () => undefined,
    died: () => undefined,
    counted: () => 1,
  };
  const invocation = { number: 1, functionName: 'contract', startedAtMilliseconds: 0, isDead: false, frozenUntil: 0 };
  const until = async (isSo: () => boolean) => {
    while (!isSo()) if (!(await schedule.step())) throw new Error('nothing is left to happen');
  };
  return {
    schedule,
    chance,
    until,
    through: (name, truth) =>
      new Proxy(gated(world, invocation, name, truth), {
        get(target, member) {
          const method: unknown = Reflect.get(target, member);
          if (typeof method !== 'function') return method;
          return async (...args: unknown[]) => {
            let isAnswered = false;
            const answer: Promise<unknown> = Reflect.apply(method, target, args);
            const noted = () => {
              isAnswered = true;
            };
            answer.then(noted, noted);
            await until(() => isAnswered);
            return answer;
          };
        },
      }),
  };
}
