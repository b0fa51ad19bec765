import * as z from 'zod/mini';
import { parseTransferId, type TransferId } from '../domain/ids.ts';

/**
 * What the workflow hands to its steps. Executions outlive deployments: members may be added as optional, never changed or removed
 * within a year (F-77).
 */
const stepPayload = z.object({
  transferId: z.string(),
  taskToken: z.optional(z.string()),
  reason: z.optional(z.string()),
});

export interface StepPayload {
  readonly transferId: TransferId;
  /** Only for the steps that wait. */
  readonly taskToken: string;
  /** Only for raise-attention. */
  readonly reason: string;
}

/** Input of an execution: ids only, and the same bytes each time, so that starting twice is starting once (A4). */
export function executionInput(transferId: TransferId, executionNumber: number): string {
  return JSON.stringify({ transferId, executionNumber });
}

/** Name of an execution; 80 characters are allowed (A3), the longest id takes 31. */
export function executionName(transferId: TransferId, executionNumber: number): string {
  return `${transferId}-${executionNumber}`;
}

/** @throws ZodError when the workflow and the step do not fit together */
export function parseStepPayload(payload: unknown): StepPayload {
  const { transferId, taskToken = '', reason = 'no reason given' } = stepPayload.parse(payload);
  return { transferId: parseTransferId(transferId), taskToken, reason };
}
