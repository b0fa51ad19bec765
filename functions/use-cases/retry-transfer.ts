import { ConflictError, ForbiddenError, InvalidRequestError } from '../domain/errors.ts';
import { answerAbout, isLease, type SteeringAnswer, steeringOf } from '../domain/steering.ts';
import { directionOf, isFinal, type TransferRecord } from '../domain/transfer.ts';
import type { ActingAs } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';
import type { ReportPorts, ReportSettings } from './accept-report.ts';
import { type Adoption, adoptTask } from './adopt-task.ts';
import type { Steered } from './authorise-transfer.ts';
import { movedOn, resumeFromAttention } from './call-workflow.ts';
import { wasTurnedAway } from './find-grant.ts';
import { findLatest } from './find-latest.ts';
import { type RetrySettings, retryRegistration } from './retry-registration.ts';
import { withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

export interface RetryOrder extends Steered {
  readonly actingAs: ActingAs;
  /** The task whose transfer was never reported; undefined when none is named. */
  readonly adoption: Adoption | undefined;
}

/**
 * Has a transfer tried again: one in ATTENTION goes on at once; files of a closed one that were not registered are registered in a successor;
 * a transfer that was never reported is reported now. Safe to repeat: what goes on already is left to itself.
 * @throws ConflictError when there is nothing to retry; InvalidRequestError when a task has to be named
 * @throws ForbiddenError when the asker may not edit the dataset; and what acceptReport throws
 */
export async function retryTransfer(
  ports: ReportPorts,
  settings: ReportSettings & RetrySettings,
  order: RetryOrder,
): Promise<SteeringAnswer> {
  const record = await findLatest(ports, order.record);
  if (record.state === 'ATTENTION') return resume(ports, { ...order, record });
  assertUpload(record);
  if (record.discarded) {
    throw new ConflictError(`What transfer ${record.transferId} left behind was deleted by ${record.discarded.by}.`);
  }
  if (wasNeverReported(record)) return adopt(ports, settings, { ...order, record });
  if (!isFinal(record.state)) return goesOnAlready(record);
  if (record.state === 'REFUSED') {
    throw new ConflictError(`Transfer ${record.transferId} was refused. Request paths again.`);
  }
  await permissionsOf(ports, record, order.actingAs);
  const successor = await retryRegistration(ports, settings, { ...order, record });
  return answerAbout(successor, `Transfer ${successor.transferId} registers what is missing.`);
}

/** It goes on where it was interrupted; downloads as well. */
async function resume(ports: ReportPorts, { record, asker }: Steered): Promise<SteeringAnswer> {
  const steered = steeringOf('retry', asker.userName, ports.clock.nowEpochSeconds());
  return withTransfer(ports, record.transferId, WORKERS['retry-transfer'], async (taken) => {
    if (taken.record.state !== 'ATTENTION') throw movedOn();
    await resumeFromAttention(ports, taken, steered, `${asker.userName} has it tried again`);
    return answerAbout(taken.record, 'It is tried again now.');
  });
}

async function adopt(
  ports: ReportPorts,
  settings: ReportSettings,
  { record, asker, actingAs, adoption }: RetryOrder,
): Promise<SteeringAnswer> {
  if (!adoption) {
    throw new InvalidRequestError(
      'This transfer was never reported. Expected {"taskIdentifier": "<the task that moved its files>"}, with "files" as in addGlobusFiles where Globus does not show their names.',
    );
  }
  const { canPublishDataset: canPublish } = await permissionsOf(ports, record, actingAs);
  const adopted = await adoptTask(ports, settings, { record, asker, adoption, canPublish });
  return answerAbout(adopted, `Task ${adoption.taskId} is reported for ${record.userName}.`);
}

function goesOnAlready(record: TransferRecord): SteeringAnswer {
  // Repeated, the call gets the same kind of answer.
  if (record.steered?.action === 'retry' || record.continues !== null) {
    return answerAbout(record, 'It is under way.');
  }
  throw new ConflictError(
    `Transfer ${record.transferId} goes on by itself (${record.state}): there is nothing to retry.`,
  );
}

function assertUpload(record: TransferRecord): void {
  if (directionOf(record) === 'upload') return;
  throw new ConflictError('A download can be retried only while it is in ATTENTION. Call requestGlobusDownload again.');
}

function wasNeverReported(record: TransferRecord): boolean {
  return isLease(record) || record.state === 'EXPIRED' || wasTurnedAway(record);
}

/** Asked anew: what was allowed at the grant may not be any more. @throws ForbiddenError when the asker may not edit the dataset */
async function permissionsOf({ dataverse }: Pick<Ports, 'dataverse'>, record: TransferRecord, actingAs: ActingAs) {
  const dataset = { kind: 'database-id', datasetId: record.datasetId } as const;
  const permissions = await dataverse.datasetPermissions(dataset, actingAs);
  if (permissions.canEditDataset) return permissions;
  throw new ForbiddenError("User doesn't have permission to upload to this dataset");
}
