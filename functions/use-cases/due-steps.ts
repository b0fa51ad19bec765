import type { TransferId } from '../domain/ids.ts';
import type { StepResult } from '../domain/next-step.ts';
import type { Ports } from '../ports/ports.ts';
import { closeTransfer } from './close-transfer.ts';
import { endLease } from './end-lease.ts';
import { lookAtTask } from './look-at-task.ts';
import type { RegisterSettings } from './register-batch.ts';
import { registerFiles } from './register-files.ts';
import { releaseAfterTask } from './release-after-task.ts';
import { WORKERS, type Worker } from './workers.ts';

/** What is left to do for a transfer beside waiting. */
export type DueStep = Exclude<StepResult['next'], 'REPORT' | 'DONE'>;

interface Step {
  readonly worker: Worker;
  run(ports: Ports, settings: RegisterSettings, transferId: TransferId): Promise<StepResult>;
}

/** The use case behind each step of the workflow, for whoever does the workflow's work. */
export const DUE_STEPS: Readonly<Record<DueStep, Step>> = {
  LEASE: { worker: WORKERS['end-lease'], run: (ports, _, transferId) => endLease(ports, transferId) },
  FOLLOW: { worker: WORKERS['look-at-task'], run: (ports, _, transferId) => lookAtTask(ports, transferId) },
  RELEASE: {
    worker: WORKERS['release-access-rule'],
    run: (ports, _, transferId) => releaseAfterTask(ports, transferId),
  },
  REGISTER: { worker: WORKERS['register-files'], run: registerFiles },
  CLOSE: { worker: WORKERS['close-transfer'], run: (ports, _, transferId) => closeTransfer(ports, transferId) },
};
