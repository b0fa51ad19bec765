import type { Ports } from '../../functions/ports/ports.ts';

/** Thrown by every call from the crash on: a dead process neither acts nor cleans up. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

const COUNTED = [
  'globus',
  'dataverse',
  'transfers',
  'accessRules',
  'locks',
  'claims',
  'files',
  'downloadLists',
  'workflow',
] as const;

/**
 * The same ports for a process that dies at one call outside, before the call or right after its effect.
 * @param at - the number of the call, from 1, or the name of its first one, such as `locks.create`
 */
export function crashingAt(ports: Ports, at: number | string, afterEffect: boolean) {
  let calls = 0;
  let place: string | undefined;
  const wrap = <Port extends object>(portName: string, port: Port): Port =>
    new Proxy(port, {
      get(target, methodName) {
        const method = Reflect.get(target, methodName);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          if (place !== undefined) throw new Crash(place);
          calls += 1;
          const name = `${portName}.${String(methodName)}`;
          const isLast = at === calls || at === name;
          if (isLast) place = name;
          if (isLast && !afterEffect) throw new Crash(name);
          const result = await method.apply(target, args);
          if (isLast) throw new Crash(name);
          return result;
        };
      },
    });
  const dying = { ...ports, ...Object.fromEntries(COUNTED.map((name) => [name, wrap(name, ports[name])])) };
  return { ports: dying as unknown as Ports, happened: () => place !== undefined, where: () => place ?? 'no call' };
}
