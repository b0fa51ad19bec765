/** What the control interface may change while the simulator runs; back to its start values after a restart. */
export interface GlobusSettings {
  /** Speed of each transfer task; null is unlimited. */
  bytesPerSecond: number | null;
  /** Whether 20 requests a second per identity, metered over 10 s, is enforced. */
  isRateLimited: boolean;
  /** Rules a collection holds before 409 LimitExceeded (globus-api.md 3.2). */
  ruleLimit: number;
  /** Most entries in a page of successful_transfers, skipped_errors and endpoint_manager/task_list. */
  pageSize: number;
  /** How long each `/operation/` call waits for its collection. */
  operationDelayMilliseconds: number;
  /** Who is logged in already when an authorize page is asked for; null shows the page. */
  signedInIdentityId: string | null;
  /** Untrue members for the next reads of a task's document. */
  readonly falseReports: Map<string, FalseReport>;
}

export interface FalseReport {
  readonly document: Readonly<Record<string, unknown>>;
  remaining: number;
}

export function initialSettings(bytesPerSecond: number | undefined): GlobusSettings {
  return {
    bytesPerSecond: bytesPerSecond ?? null,
    isRateLimited: false,
    ruleLimit: 1000,
    pageSize: 1000,
    operationDelayMilliseconds: 0,
    signedInIdentityId: null,
    falseReports: new Map(),
  };
}
