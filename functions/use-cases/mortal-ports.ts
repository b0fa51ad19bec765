import { UnavailableError } from '../domain/errors.ts';
import type { Ports } from '../ports/ports.ts';

const ACTING_PORTS = [
  'globus',
  'dataverse',
  'transfers',
  'accessRules',
  'locks',
  'claims',
  'files',
  'downloadLists',
  'open',
  'workflow',
] as const satisfies readonly (keyof Ports)[];

/**
 * The same ports for a worker whose time is limited: once it is over, every call throws. A platform may freeze a function at its time limit
 * and thaw it much later, in the middle of an act; whoever is past its time finds its record taken by somebody else and must not act on
 * (design section 5, "Take").
 * @param limitMilliseconds - from now
 */
export function mortalPorts<Some extends Pick<Ports, 'clock'> & Partial<Ports>>(
  ports: Some,
  limitMilliseconds: number,
): Some {
  const endsAt = ports.clock.nowMilliseconds() + limitMilliseconds;
  const mortal = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          if (ports.clock.nowMilliseconds() < endsAt) return Reflect.apply(method, target, args);
          return Promise.reject(new UnavailableError('This took longer than it may. Please repeat the request.'));
        };
      },
    });
  const acting = ACTING_PORTS.flatMap((name) => {
    const port = ports[name];
    return port ? [[name, mortal(port)] as const] : [];
  });
  return { ...ports, ...Object.fromEntries(acting) };
}
