import { directionOf, type TransferRecord } from './transfer.ts';
import { isoTime } from './transfer-summary.ts';

/** One plain sentence: what the transfer waits for now, or that it is over. */
export function stageOf(record: TransferRecord): string {
  const { state, attention, continuedBy } = record;
  switch (state) {
    case 'REQUESTED':
      return 'The access rule is being made.';
    case 'GRANTED':
      return `It waits for the report of its Globus task until ${isoTime(record.leaseEndsAtEpochSeconds)}.`;
    case 'OBSERVED':
      return 'A live Globus task of this identity was never reported: the access rule stays until that task has ended.';
    case 'BOUND':
      return record.admission === 'UNVERIFIED'
        ? 'It waits for Globus to confirm the reported task.'
        : 'The reported task is about to be followed.';
    case 'FOLLOWING':
      return record.admission === 'UNLOCKED'
        ? 'It waits for the end of the Globus task; the dataset could not be locked so far.'
        : 'It waits for the end of the Globus task.';
    case 'SETTLING':
      return stageOfSettling(record);
    case 'EXPIRING':
      return 'The lease is over: the access rule is being removed.';
    case 'EXPIRED':
      return continuedBy === null
        ? 'It is over: nobody reported a task before the lease ended.'
        : `It is over, and goes on as ${continuedBy}.`;
    case 'REFUSED':
      return 'It is over: no access rule could be given.';
    case 'CLOSED':
      return continuedBy === null ? 'It is over.' : `It is over, and goes on as ${continuedBy}.`;
    case 'ATTENTION':
      return `An operator is needed (${attention?.reason ?? 'for an unknown reason'}); it is tried again by itself.`;
  }
}

function stageOfSettling(record: TransferRecord): string {
  const { ruleReleased, registration, numberOfFiles, bound, givenUp } = record;
  if (!ruleReleased) return 'The access rule is being removed.';
  if (directionOf(record) === 'download') return 'It is being closed.';
  if (registration?.isComplete) return 'The dataset is being unlocked.';
  if (givenUp)
    return `It was given up by ${givenUp.by}: nothing more is registered, and the dataset is being unlocked.`;
  const registered = `${registration?.registered ?? 0} of ${bound?.fileCount ?? numberOfFiles} files are registered`;
  if (registration && registration.unsettledUntilEpochSeconds !== null) {
    return `${registered}; it waits for Dataverse to finish a batch.`;
  }
  if (registration && registration.fruitlessRounds > 0) {
    return `${registered}; the last attempt brought nothing, and it is tried again.`;
  }
  return registration?.roundsInLine
    ? `${registered}; the others wait until another upload into this dataset is registered.`
    : `${registered}; the others are being registered.`;
}
