import type { Clock } from '../../ports/clock.ts';
import type { Dataverse } from '../../ports/dataverse.ts';
import type { Log } from '../../ports/log.ts';
import type { RandomSource } from '../../ports/random-source.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { deadlineIn } from '../system/retry-wait.ts';
import { createAddFiles } from './add-files.ts';
import { createDatasetMethods } from './datasets.ts';
import { createDataverseCall } from './dataverse-call.ts';
import { createFileMethods } from './files.ts';
import { createForward } from './forward.ts';
import { createHttpExchange } from './http-exchange.ts';
import { createLockMethods } from './locks.ts';
import { createRetryingExchange } from './retrying.ts';
import { createUploadTermMethods } from './upload-terms.ts';
import { createUserMethods } from './users.ts';

/** All in milliseconds. */
export interface DataverseTimeLimits {
  /** One method of the port, with signing, retries and waits. */
  readonly callMilliseconds: number;
  /** One try of an ordinary call. */
  readonly attemptMilliseconds: number;
  /** The list of all files of a dataset. */
  readonly listMilliseconds: number;
  /** addFiles, one try, with the signing before it. */
  readonly addFilesMilliseconds: number;
}

/**
 * The sum: a read that meets silence once and then an answer takes at most 9 s + 0.5 s + 9 s < 20 s; four quick failures wait
 * 0.5 + 1 + 2 = 3.5 s at most. Batches of addFiles are aimed at 60 s (design, section 5): 95 s leaves half as much again for a slow day.
 */
export const DATAVERSE_TIME_LIMITS: DataverseTimeLimits = {
  callMilliseconds: 20_000,
  attemptMilliseconds: 9_000,
  listMilliseconds: 60_000,
  addFilesMilliseconds: 95_000,
};

export interface DataverseOptions {
  /** Origin to connect to. */
  readonly connectUrl: string;
  /** Public origin: Host, TLS server name, X-Forwarded-Proto and the base of signed URLs. */
  readonly siteUrl: string;
  /** Name of the secret with our superuser's API token. */
  readonly superuserSecret: string;
  /** Name of the secret with Dataverse's unblock key, where its admin API is fenced by one (dataverse-api.md 1.6). */
  readonly unblockKeySecret?: string;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly timeLimits?: Partial<DataverseTimeLimits>;
}

/** Dataverse over its native API, with its own messages in our errors and no credential in either. */
export function createDataverse(options: DataverseOptions): Dataverse {
  const { clock, random, log } = options;
  const siteUrl = options.siteUrl.replace(/\/+$/, '');
  const limits = { ...DATAVERSE_TIME_LIMITS, ...options.timeLimits };
  const { attemptMilliseconds, listMilliseconds } = limits;
  const exchange = createHttpExchange(options.connectUrl, siteUrl);
  const retrying = createRetryingExchange({ exchange, clock, random, log });
  const newDeadline = (milliseconds = limits.callMilliseconds) => deadlineIn(clock, milliseconds);
  const { call, signTarget } = createDataverseCall({
    retrying,
    siteUrl,
    secrets: options.secrets,
    superuserSecret: options.superuserSecret,
    unblockKeySecret: options.unblockKeySecret,
    newDeadline,
    attemptMilliseconds,
  });

  return {
    ...createForward({ retrying, newDeadline, attemptMilliseconds: limits.callMilliseconds }),
    ...createUserMethods({ call, clock }),
    ...createDatasetMethods({ call, listMilliseconds }),
    ...createFileMethods({ call, listMilliseconds }),
    ...createUploadTermMethods({ call }),
    ...createLockMethods({ call }),
    async signedUrl(userName, target, minutes) {
      return `${siteUrl}${await signTarget({ method: 'GET', target, userName, minutes })}`;
    },
    ...createAddFiles({ call, random, limitMilliseconds: limits.addFilesMilliseconds }),
  };
}
