import * as z from 'zod/mini';
import { asRuleId, parseTaskId } from '../../domain/ids.ts';
import type { AccessRule, GlobusTask, SuccessfulTransfer, TaskStatus } from '../../ports/globus.ts';
import { ID_PATTERN } from './path-segment.ts';

// Only what we read is named; anything else Globus sends is ignored (globus-api.md 2.1, 2.4, 2.6).
const text = z.nullish(z.string());
const id = z.string().check(z.regex(ID_PATTERN));
const count = z.nullish(z.number());

export const ruleListDocument = z.object({
  length: count,
  total: count,
  DATA: z.array(
    z.object({
      id: z.nullable(id),
      principal_type: z.string(),
      principal: z.string(),
      path: z.string(),
      permissions: z.enum(['r', 'rw']),
      create_time: text,
    }),
  ),
});

export const ruleCreatedDocument = z.object({ access_id: id });

export const taskDocument = z.object({
  task_id: z.string(),
  type: text,
  status: z.string(),
  owner_id: z.string(),
  request_time: z.string(),
  completion_time: text,
  source_endpoint_id: text,
  destination_endpoint_id: text,
  source_base_path: text,
  destination_base_path: text,
  files: count,
  files_transferred: count,
  bytes_transferred: count,
  effective_bytes_per_second: count,
  files_skipped: count,
  faults: count,
  is_paused: z.nullish(z.boolean()),
  nice_status: text,
  fatal_error: z.nullish(z.object({ code: z.string(), description: text })),
  canceled_by_admin: text,
  history_deleted: z.nullish(z.boolean()),
});

export const taskListDocument = z.object({
  DATA: z.array(taskDocument),
  has_next_page: z.boolean(),
  last_key: text,
});

const marker = z.nullish(z.union([z.number(), z.string()]));

export const successfulTransfersDocument = z.object({
  next_marker: marker,
  DATA: z.array(
    z.object({
      source_path: text,
      destination_path: text,
      size: z.number(),
      checksum: text,
      checksum_algorithm: text,
    }),
  ),
});

export const skippedErrorsDocument = z.object({
  next_marker: marker,
  DATA: z.array(z.object({ error_code: z.string(), destination_path: text })),
});

/** Rules of a list, without the entries that only mirror a role (`id` null, G12). */
export function toAccessRules(list: z.infer<typeof ruleListDocument>): readonly AccessRule[] {
  return list.DATA.flatMap((rule) =>
    rule.id === null
      ? []
      : [
          {
            ruleId: asRuleId(rule.id),
            principalType: rule.principal_type,
            principal: rule.principal.toLowerCase(),
            path: rule.path,
            permission: rule.permissions,
            createdAtEpochSeconds: toEpochSeconds(rule.create_time),
          },
        ],
  );
}

const STATUSES: readonly TaskStatus[] = ['ACTIVE', 'INACTIVE', 'SUCCEEDED', 'FAILED'];

/** A task document as we read it; undefined when its id or its request time cannot be read. */
export function toTask(task: z.infer<typeof taskDocument>): GlobusTask | undefined {
  const requestedAtEpochSeconds = toEpochSeconds(task.request_time);
  if (requestedAtEpochSeconds === null || !/^[0-9a-f-]{36}$/i.test(task.task_id)) return undefined;
  return {
    taskId: parseTaskId(task.task_id),
    type: task.type === 'TRANSFER' || task.type === 'DELETE' ? task.type : 'UNKNOWN',
    status: STATUSES.find((status) => status === task.status) ?? 'UNKNOWN',
    ownerId: task.owner_id.toLowerCase(),
    requestedAtEpochSeconds,
    completedAtEpochSeconds: toEpochSeconds(task.completion_time),
    sourceCollectionId: task.source_endpoint_id?.toLowerCase() ?? null,
    destinationCollectionId: task.destination_endpoint_id?.toLowerCase() ?? null,
    sourceBasePath: task.source_base_path ?? null,
    destinationBasePath: task.destination_base_path ?? null,
    files: task.files ?? 0,
    filesTransferred: task.files_transferred ?? 0,
    bytesTransferred: task.bytes_transferred ?? 0,
    bytesPerSecond: task.effective_bytes_per_second ?? 0,
    filesSkipped: task.files_skipped ?? 0,
    faults: task.faults ?? 0,
    isPaused: task.is_paused ?? false,
    niceStatus: task.nice_status ?? null,
    fatalError: task.fatal_error
      ? { code: task.fatal_error.code, description: task.fatal_error.description ?? '' }
      : null,
    canceledByAdmin: task.canceled_by_admin ?? null,
    historyDeleted: task.history_deleted ?? false,
  };
}

/** The files of one page of `successful_transfers`. */
export function toSuccessfulTransfers(
  page: z.infer<typeof successfulTransfersDocument>,
): readonly SuccessfulTransfer[] {
  return page.DATA.map((file) => ({
    destinationPath: file.destination_path ?? null,
    sourcePath: file.source_path ?? null,
    sizeBytes: file.size,
    checksum:
      file.checksum && file.checksum_algorithm ? { algorithm: file.checksum_algorithm, value: file.checksum } : null,
  }));
}

/** ISO time to whole seconds since 1970; null for nothing or for what is no time. A missing zone means UTC (globus-api.md 0). */
export function toEpochSeconds(time: string | null | undefined): number | null {
  if (!time) return null;
  const iso = time.replace(' ', 'T');
  const milliseconds = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}

/** Seconds since 1970 as Globus writes times: `2025-01-02T03:04:05+00:00`. */
export function toGlobusTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(/\.\d{3}Z$/, '+00:00');
}
