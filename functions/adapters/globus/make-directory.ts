import * as transfer from '@globus/sdk/services/transfer';
import { UpstreamRefusedError } from '../../domain/errors.ts';
import type { Globus } from '../../ports/globus.ts';
import type { Deadline } from '../system/retry-wait.ts';
import { lastingReason } from './collection-refusal.ts';
import { pathSegment } from './path-segment.ts';
import { type CallTransfer, failureOf, isSuccess } from './transfer-call.ts';

/** The mkdir call. It is synchronous and waits for the collection, hence its own limit for one try. */
export function createMakeDirectory(options: {
  readonly call: CallTransfer;
  readonly newDeadline: () => Deadline;
  readonly attemptMilliseconds: number;
}): Pick<Globus, 'makeDirectory'> {
  return {
    async makeDirectory({ collectionId, path }) {
      const result = await options.call({
        name: 'makeDirectory',
        when: 'any-transient',
        collectionId,
        deadline: options.newDeadline(),
        attemptMilliseconds: options.attemptMilliseconds,
        send: (headers, sdk) =>
          transfer.fileOperations.mkdir(pathSegment(collectionId), { headers, payload: { path } }, sdk),
      });
      if (result.kind === 'reply') {
        if (isSuccess(result)) return 'created';
        // Only this code: any other 502 is a failure, although Dataverse takes each for "exists" (F-08).
        if (result.code === 'ExternalError.MkdirFailed.Exists') return 'exists';
        const reason = lastingReason(result);
        if (reason) {
          throw new UpstreamRefusedError(`Globus refused the directory ${path}: ${reason}`, {
            details: { status: result.status, code: result.code },
          });
        }
      }
      throw failureOf(result, `the directory ${path}`);
    },
  };
}
