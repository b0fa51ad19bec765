import type { SimulatorReply, SimulatorRequest } from './routes.ts';

/** What goes wrong: before the call has any effect, after it had its effect, or without an answer. */
export type FaultKind = 'reply' | 'reply-after-effect' | 'drop' | 'drop-after-effect' | 'hang' | 'delay';

/** A fault to inject into calls whose method and path fit, a limited number of times. */
export interface Fault {
  readonly id: number;
  /** HTTP method, or `ANY`. */
  readonly method: string;
  /** Regular expression searched in the request target (path and query). */
  readonly match: string;
  readonly kind: FaultKind;
  /** For the two `reply` kinds: what the caller gets instead. Text bodies are sent as they are (an HTML page, say). */
  readonly reply?: SimulatorReply;
  /** For `delay`, and for `hang` before the connection is cut (default: never cut). */
  readonly delayMilliseconds?: number;
  /** How often it still applies; null for always. */
  remaining: number | null;
  /** How many calls have met it. */
  met: number;
}

const KINDS: readonly FaultKind[] = ['reply', 'reply-after-effect', 'drop', 'drop-after-effect', 'hang', 'delay'];

/** The faults in force, asked once per request in the order they were added. */
export class FaultPlan {
  readonly #faults: Fault[] = [];
  #lastId = 0;

  /**
   * Adds a fault from the body of `POST /_control/faults`:
   * `{method?, match, kind, times?, reply?: {status, headers?, body?}, delayMilliseconds?}`; `times` defaults to 1, null means always.
   * @throws Error with a sentence for the caller when a member is missing or unknown
   */
  add(input: unknown): Fault {
    const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
    const kind = given['kind'] as FaultKind;
    if (!KINDS.includes(kind)) throw new Error(`kind: expected one of ${KINDS.join(', ')}`);
    if (typeof given['match'] !== 'string')
      throw new Error('match: expected a regular expression for the request target');
    new RegExp(given['match']);
    const reply = given['reply'] as SimulatorReply | undefined;
    if (kind.startsWith('reply') && typeof reply?.status !== 'number')
      throw new Error('reply.status: expected a number');
    const times = given['times'] === undefined ? 1 : (given['times'] as number | null);
    const fault: Fault = {
      id: ++this.#lastId,
      method: typeof given['method'] === 'string' ? given['method'].toUpperCase() : 'ANY',
      match: given['match'],
      kind,
      remaining: times,
      met: 0,
      ...(reply ? { reply } : {}),
      ...(typeof given['delayMilliseconds'] === 'number' ? { delayMilliseconds: given['delayMilliseconds'] } : {}),
    };
    this.#faults.push(fault);
    return fault;
  }

  /** The fault that applies to this request, if any; taking it uses it up once. */
  take(request: Pick<SimulatorRequest, 'method' | 'target'>): Fault | undefined {
    const fault = this.#faults.find(
      (each) =>
        (each.remaining === null || each.remaining > 0) &&
        (each.method === 'ANY' || each.method === request.method) &&
        new RegExp(each.match).test(request.target),
    );
    if (!fault) return undefined;
    fault.met += 1;
    if (fault.remaining !== null) fault.remaining -= 1;
    return fault;
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults.length = 0;
  }
}
