import type { CollectionId } from '../../domain/ids.ts';
import type { CallBudget } from '../../ports/call-budget.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Globus } from '../../ports/globus.ts';
import type { Log } from '../../ports/log.ts';
import type { RandomSource } from '../../ports/random-source.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { deadlineIn } from '../system/retry-wait.ts';
import { createAccessRuleMethods } from './access-rules.ts';
import { createAccessTokens } from './access-tokens.ts';
import { createCollectionFileMethods } from './collection-files.ts';
import { createDeleteFiles } from './delete-files.ts';
import { createMakeDirectory } from './make-directory.ts';
import { createRetryingCall } from './retrying.ts';
import { createTaskControlMethods } from './task-control.ts';
import { createTaskFileMethods } from './task-files.ts';
import { createTaskMethods } from './tasks.ts';
import { createTransferCall } from './transfer-call.ts';

/** All in milliseconds. */
export interface GlobusTimeLimits {
  /** One method of the port, with token, retries and waits. */
  readonly callMilliseconds: number;
  /** One try of an ordinary call. */
  readonly attemptMilliseconds: number;
  /** One try of a call that waits for the collection (mkdir, ls), or of creating a rule, which is not repeated. */
  readonly slowAttemptMilliseconds: number;
  /** A list of a task's files with all its pages. */
  readonly fileListMilliseconds: number;
}

/**
 * The sum: an ordinary call that meets silence once and then an answer takes at most 8 s + 0.5 s + 8 s < 20 s; four quick failures wait
 * 0.5 + 1 + 2 = 3.5 s at most; the only long wait is Retry-After, up to 10 s, and it too must end before the 20 s. mkdir, ls and creating a
 * rule get 15 s for one try, which leaves 5 s for a new token. A method's try never outlives what is left of its 20 s, so that the
 * 25 s of F-08 and the 30 s of the gateway hold. File lists run in workflow steps only: 250,000 files are some hundred pages.
 */
export const GLOBUS_TIME_LIMITS: GlobusTimeLimits = {
  callMilliseconds: 20_000,
  attemptMilliseconds: 8_000,
  slowAttemptMilliseconds: 15_000,
  fileListMilliseconds: 60_000,
};

export interface GlobusOptions {
  /** Such as `https://transfer.api.globus.org`, without `/v0.10`. */
  readonly transferUrl: string;
  /** Such as `https://auth.globus.org`, without `/v2`. */
  readonly authUrl: string;
  /** Name of the secret with the client credential for a collection. */
  readonly credentialOf: (collectionId: CollectionId) => string | undefined;
  /** The one to look at files of other collections with. */
  readonly foreignCredential?: string | undefined;
  readonly budget: CallBudget;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly timeLimits?: Partial<GlobusTimeLimits>;
}

/** Globus Transfer through `@globus/sdk`, with our hosts, tokens, time limits, retries and checks of every reply. */
export function createGlobus(options: GlobusOptions): Globus {
  const { clock, random, log, secrets } = options;
  const limits = { ...GLOBUS_TIME_LIMITS, ...options.timeLimits };
  const hosts = { transferUrl: options.transferUrl, authUrl: options.authUrl };
  const retrying = createRetryingCall({ clock, random, log, attemptMilliseconds: limits.attemptMilliseconds });
  const tokens = createAccessTokens({ hosts, secrets, clock, retrying });
  const call = createTransferCall({
    hosts,
    tokens,
    retrying,
    credentialOf: options.credentialOf,
    foreignCredential: options.foreignCredential,
    budget: options.budget,
    clock,
    log,
  });
  const newDeadline = (withinMilliseconds = limits.callMilliseconds) =>
    deadlineIn(clock, Math.min(withinMilliseconds, limits.callMilliseconds));

  return {
    ...createAccessRuleMethods({ call, newDeadline, createMilliseconds: limits.slowAttemptMilliseconds }),
    ...createMakeDirectory({ call, newDeadline, attemptMilliseconds: limits.slowAttemptMilliseconds }),
    ...createTaskMethods({ call, newDeadline }),
    ...createTaskControlMethods({ call, newDeadline }),
    ...createCollectionFileMethods({ call, newDeadline, listMilliseconds: limits.slowAttemptMilliseconds }),
    ...createDeleteFiles({ call, newDeadline }),
    ...createTaskFileMethods({ call, newDeadline: () => deadlineIn(clock, limits.fileListMilliseconds) }),
  };
}
