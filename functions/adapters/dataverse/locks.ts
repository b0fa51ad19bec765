import * as z from 'zod/mini';
import { asUserName } from '../../domain/ids.ts';
import type { ActingAs, Dataverse } from '../../ports/dataverse.ts';
import type { CallDataverse } from './dataverse-call.ts';
import { dataIn } from './reply.ts';

const SERVICE: ActingAs = { kind: 'service' };

const lockListDocument = z.array(z.object({ lockType: z.string(), user: z.nullish(z.string()) }));
const messageDocument = z.object({ message: z.string() });

/** The calls on locks, as our superuser account (dataverse-api.md 4.4). */
export function createLockMethods(options: {
  readonly call: CallDataverse;
}): Pick<Dataverse, 'locks' | 'lock' | 'unlock'> {
  const { call } = options;
  return {
    async locks(datasetId) {
      const target = `/api/v1/datasets/${datasetId}/locks`;
      const result = await call({ name: 'locks', method: 'GET', target, actingAs: SERVICE, repeat: 'read' });
      return dataIn(result, lockListDocument, `the locks of dataset ${datasetId}`).map((lock) => ({
        lockType: lock.lockType,
        userName: asUserName(lock.user ?? ''),
      }));
    },

    async lock(datasetId, lockType) {
      const target = `/api/v1/datasets/${datasetId}/lock/${encodeURIComponent(lockType)}`;
      const result = await call({ name: 'lock', method: 'POST', target, actingAs: SERVICE, repeat: 'unsent' });
      if (result.kind === 'reply' && result.status === 403 && /\balready locked\b/.test(result.message)) {
        return 'already-locked';
      }
      dataIn(result, messageDocument, `the ${lockType} lock of dataset ${datasetId}`);
      return 'locked';
    },

    async unlock(datasetId, lockType) {
      // Without a type Dataverse removes every lock, other people's included (D4).
      const target = `/api/v1/datasets/${datasetId}/locks?type=${encodeURIComponent(lockType)}`;
      const result = await call({ name: 'unlock', method: 'DELETE', target, actingAs: SERVICE, repeat: 'unsent' });
      const { message } = dataIn(result, messageDocument, `the removal of ${lockType} from dataset ${datasetId}`);
      return /^(no lock type|dataset not locked)/.test(message) ? 'not-locked' : 'unlocked';
    },
  };
}
