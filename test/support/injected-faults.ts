import { expect } from 'vitest';
import type { RunningStack } from './local-stack.ts';
import { dataverseControl, globusControl } from './stack-control.ts';
import { call } from './upload-client.ts';

/** A fault that was asked of a stand-in. */
export interface InjectedFault {
  /** How many calls have met it so far; to be asked before faults are cleared. */
  met(): Promise<number>;
}

/** As `POST /_control/faults` takes it (README of the Globus simulator). */
export interface FaultOrder {
  readonly method?: string;
  readonly match: string;
  readonly kind: 'reply' | 'reply-after-effect' | 'drop' | 'drop-after-effect' | 'hang';
  /** Null: until faults are cleared. */
  readonly times?: number | null;
  readonly reply?: { readonly status: number; readonly body: unknown };
}

/** Injects a fault into the calls to a stand-in. */
export async function inject(
  stack: RunningStack,
  standIn: 'globus' | 'dataverse',
  order: FaultOrder,
): Promise<InjectedFault> {
  const [control, url] =
    standIn === 'globus' ? [globusControl, stack.globusUrl] : [dataverseControl, stack.dataverseUrl];
  const { id } = (await control(stack, '/faults', order)).body;
  return {
    async met() {
      const { body } = await call(`${url}/_control/faults`);
      const fault = body.find((each: { id: number }) => each.id === id);
      expect(fault, 'the fault is still known').toBeDefined();
      return fault.met;
    },
  };
}
