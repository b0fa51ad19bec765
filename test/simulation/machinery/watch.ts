import type { RegistrableFile } from '../../../functions/domain/registration.ts';
import type { TransferRecord } from '../../../functions/domain/transfer.ts';
import type { AccessRule, Permission } from '../../../functions/ports/globus.ts';
import type { Written } from '../fakes/memory-table.ts';
import type { Invocation } from './invocation.ts';
import type { Simulation } from './simulation.ts';

/** The three promises (design section 2), and what else must hold for them to be worth anything. */
export type Promised =
  | 'P1 no access rule is left behind'
  | 'P2 no rule is revoked under a live transfer'
  | 'P3 no accepted transfer is forgotten'
  | 'all three'
  | 'secrecy';

/** A reply to a client, as the function gave it, whether or not it ever arrives. */
export interface Answered {
  readonly functionName: string;
  readonly status: number;
  readonly body: string;
  readonly request: { readonly datasetId: string; readonly body: string };
}

/**
 * Something that must be so. Each member is asked when its moment comes and returns what is wrong, or nothing.
 * `by` is the run of a function whose call had the effect; undefined when a person did it.
 */
export interface Invariant {
  readonly id: string;
  readonly promise: Promised;
  /** What must be so, in a sentence. */
  readonly says: string;
  afterStep?(sim: Simulation): string | undefined;
  ruleCreated?(sim: Simulation, rule: AccessRule, by: Invocation): string | undefined;
  ruleChanged?(sim: Simulation, rule: AccessRule, before: Permission, by: Invocation): string | undefined;
  ruleDeleted?(sim: Simulation, rule: AccessRule, by: Invocation): string | undefined;
  locked?(sim: Simulation, datasetId: string, lockType: string, by: Invocation): string | undefined;
  unlocked?(sim: Simulation, datasetId: string, lockType: string, owner: string, by: Invocation): string | undefined;
  registered?(
    sim: Simulation,
    datasetId: string,
    files: readonly RegistrableFile[],
    by: Invocation,
  ): string | undefined;
  recordWritten?(sim: Simulation, before: TransferRecord | undefined, after: TransferRecord): string | undefined;
  /** `by` is undefined for what people did. */
  written?(sim: Simulation, table: string, change: Written, by: Invocation | undefined): string | undefined;
  logged?(sim: Simulation, line: string): string | undefined;
  replied?(sim: Simulation, answer: Answered): string | undefined;
  /** An execution was started once more, with another input. */
  startedOtherwise?(sim: Simulation, executionName: string): string | undefined;
  /** Asked when all has come to rest, with no fault for a while. */
  atRest?(sim: Simulation): string | undefined;
}

export interface Violation {
  readonly id: string;
  readonly promise: Promised;
  readonly says: string;
  readonly what: string;
  /** Seconds of virtual time since the start. */
  readonly atSeconds: number;
}

/** Thrown through a run as soon as something is not as it must be. */
export class ViolationFound extends Error {
  override readonly name = 'ViolationFound';
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(`${violation.id} (${violation.promise}): ${violation.what}`);
    this.violation = violation;
  }
}
