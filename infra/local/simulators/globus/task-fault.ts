export type TransferSide = 'source' | 'destination';

const CODES_BY_ERRNO: Readonly<Record<string, string>> = {
  ENOENT: 'FILE_NOT_FOUND',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  ENOTDIR: 'NOT_A_DIRECTORY',
  EISDIR: 'IS_A_DIRECTORY',
  ENOTEMPTY: 'IS_A_DIRECTORY',
  ENOSPC: 'NO_SPACE_LEFT',
  EDQUOT: 'QUOTA_EXCEEDED',
  ENAMETOOLONG: 'INVALID_PATH_NAME',
};

/** What a task's `nice_status_short_description` and its events say of a code (globus-api.md 2.4). */
export function describeFault(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** The fault that an error of the file system stands for. */
export function faultOf(error: unknown, side: TransferSide, path: string): TaskFault {
  if (error instanceof TaskFault) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  return new TaskFault(CODES_BY_ERRNO[code] ?? 'ENDPOINT_ERROR', side, `${(error as Error).message} (${side} ${path})`);
}

/** Why an attempt at one item failed. Most are tried again until the deadline (globus-api.md 2.7). */
export class TaskFault extends Error {
  /** One of the event codes, such as `PERMISSION_DENIED`. */
  readonly code: string;
  readonly side: TransferSide;
  /** Ends the task at once instead of being retried. */
  readonly isFatal: boolean;

  constructor(code: string, side: TransferSide, message: string, isFatal = false) {
    super(message);
    this.name = 'TaskFault';
    this.code = code;
    this.side = side;
    this.isFatal = isFatal;
  }
}
