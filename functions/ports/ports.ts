import type { AccessRuleStore } from './access-rule-store.ts';
import type { Clock } from './clock.ts';
import type { DatasetLockStore } from './dataset-lock-store.ts';
import type { Dataverse } from './dataverse.ts';
import type { DownloadListStore } from './download-list-store.ts';
import type { FileEntryStore } from './file-entry-store.ts';
import type { Globus } from './globus.ts';
import type { Log } from './log.ts';
import type { OpenIndex } from './open-index.ts';
import type { RandomSource } from './random-source.ts';
import type { TaskClaimStore } from './task-claim-store.ts';
import type { TransferStore } from './transfer-store.ts';
import type { Workflow } from './workflow.ts';

/** Everything outside the use cases. Each use case names the few it needs: `Pick<Ports, 'clock' | 'globus'>`. */
export interface Ports {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly globus: Globus;
  readonly dataverse: Dataverse;
  readonly transfers: TransferStore;
  readonly accessRules: AccessRuleStore;
  readonly locks: DatasetLockStore;
  readonly claims: TaskClaimStore;
  readonly files: FileEntryStore;
  readonly downloadLists: DownloadListStore;
  readonly open: OpenIndex;
  readonly workflow: Workflow;
}
