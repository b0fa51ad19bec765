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
  executionNumber: z.optional(z.number()),
  executionStartedAt: z.optional(z.string()),
  waitSeconds: z.optional(z.number()),
});

export interface StepPayload {
  readonly transferId: TransferId;
  /** Only for the steps that wait. */
  readonly taskToken: string;
  /** Only for raise-attention. */
  readonly reason: string;
  /** Which execution calls; undefined when its definition is older than this member. */
  readonly executionNumber: number | undefined;
  /** When that execution began. Only for the steps that wait. */
  readonly executionStartedAtEpochSeconds: number | undefined;
  /** How long the wait lasts at the longest. Only for the steps that wait. */
  readonly waitSeconds: number;
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
  const parsed = stepPayload.parse(payload);
  const { taskToken = '', reason = 'no reason given', executionNumber, executionStartedAt, waitSeconds = 0 } = parsed;
  const startedAt = executionStartedAt === undefined ? undefined : Date.parse(executionStartedAt) / 1000;
  return {
    transferId: parseTransferId(parsed.transferId),
    taskToken,
    reason,
    executionNumber,
    executionStartedAtEpochSeconds: startedAt,
    waitSeconds,
  };
}
