import { type FilePage, type FilePageRequest, filePage } from '../domain/file-page.ts';
import { wordsFor } from '../domain/globus-reasons.ts';
import type { FileResult, ReportedFile } from '../domain/reported-file.ts';
import { isFinal, type TaskOutcome, type TransferRecord, type TransferState } from '../domain/transfer.ts';
import { stageOf } from '../domain/transfer-stage.ts';
import { finalReasonOf, isoTime, shownTaskOf, summaryOf, type TransferSummary } from '../domain/transfer-summary.ts';
import type { Ports } from '../ports/ports.ts';
import { askGlobus, type GlobusView, type TaskView } from './ask-globus.ts';

/** A transfer as its owner sees it. Times are ISO 8601 in UTC, to the second. */
export interface TransferView extends TransferSummary {
  /** What it waits for now, in a plain sentence. */
  readonly stage: string;
  /** The task at Globus now; null when there is none, when the transfer is over, and when Globus does not tell. */
  readonly task: TaskView | null;
  /** What came of asking Globus; null when it was not asked. */
  readonly globus: GlobusView['globus'] | null;
  /** Why the task does not get on, in Globus's codes and in words. */
  readonly reasons: readonly ReasonView[];
  /** How the task ended; null while it lives. */
  readonly outcome: (Pick<TaskOutcome, 'status' | 'cancelled' | 'reason'> & { readonly words: string | null }) | null;
  /** Why a transfer that is over ended as it did; null before that. */
  readonly reason: string | null;
  /** The audit trail, the oldest entry first. */
  readonly trail: readonly {
    readonly at: string;
    readonly state: TransferState;
    readonly by: string;
    readonly why: string;
  }[];
  readonly files: FilePage;
}

interface ReasonView {
  readonly code: string;
  readonly words: string;
  readonly details: string | null;
  readonly at: string | null;
}

/** Everything that is told of one transfer. Globus is asked now, when there is a task that still matters. */
export async function showTransfer(
  ports: Pick<Ports, 'globus' | 'files'>,
  record: TransferRecord,
  persistentId: string | null,
  page: FilePageRequest,
): Promise<TransferView> {
  const taskId = isFinal(record.state) ? null : shownTaskOf(record);
  const [asked, listed, results] = await Promise.all([
    taskId === null ? undefined : askGlobus(ports, record.collectionId, taskId),
    readListed(ports, record),
    readResults(ports, record),
  ]);
  return {
    ...summaryOf(record, persistentId),
    stage: stageOf(record),
    task: asked?.task ?? null,
    globus: asked?.globus ?? null,
    reasons: (asked?.reasons ?? []).map(({ atEpochSeconds, ...reason }) => ({
      ...reason,
      at: atEpochSeconds === null ? null : isoTime(atEpochSeconds),
    })),
    outcome: outcomeOf(record),
    reason: finalReasonOf(record),
    trail: record.trail.map(({ atEpochSeconds, state, by, why }) => ({ at: isoTime(atEpochSeconds), state, by, why })),
    files: filePage(record, listed, results, page),
  };
}

/** The files of the report, or those that a download was granted for; undefined while there is no list. */
async function readListed(
  ports: Pick<Ports, 'files'>,
  { transferId, identifiersOf, bound, download }: TransferRecord,
): Promise<readonly ReportedFile[] | undefined> {
  if (download) return ports.files.readFiles(identifiersOf, download.listId);
  return bound ? ports.files.readFiles(transferId, bound.listId) : undefined;
}

async function readResults(
  ports: Pick<Ports, 'files'>,
  { transferId, registration }: TransferRecord,
): Promise<readonly FileResult[]> {
  return registration ? ports.files.readResults(transferId) : [];
}

function outcomeOf({ outcome }: TransferRecord): TransferView['outcome'] {
  if (!outcome) return null;
  const { status, cancelled, reason } = outcome;
  const [code = '', ...description] = (reason ?? '').split(': ');
  return { status, cancelled, reason, words: reason === null ? null : wordsFor(code, description.join(': ')) };
}
