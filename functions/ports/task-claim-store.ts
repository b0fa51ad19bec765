import type { TaskId } from '../domain/ids.ts';
import type { TaskClaim } from '../domain/task-claim.ts';

/** Claims on Globus tasks. All reads are strongly consistent; every method throws UnavailableError when the table cannot be asked. */
export interface TaskClaimStore {
  read(taskId: TaskId): Promise<TaskClaim | undefined>;
  /** Puts a new claim if there is none. */
  create(claim: TaskClaim): Promise<boolean>;
  /** Puts a claim whose version is one more than the stored one of the same birth; false when another writer was first. */
  write(claim: TaskClaim): Promise<boolean>;
  /** Removes exactly this version of this birth; false when another writer was first. */
  remove(claim: TaskClaim): Promise<boolean>;
}
