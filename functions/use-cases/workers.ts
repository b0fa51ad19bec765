/** Who works on records, and for how long at the most. */
export interface Worker {
  /** Name in the record and in its audit trail, such as `end-lease`. */
  readonly name: string;
  /**
   * What it may take. Its function's own time limit ends it; that limit must lie below this one plus the margin, so that nobody else
   * acts while it may still live (a test holds both against the manifest).
   */
  readonly limitSeconds: number;
  /** How long it waits for a record that somebody else has taken. */
  readonly patienceSeconds: number;
}

/** Added to a worker's limit before somebody else may act: clocks differ, and a last call may be on its way. */
export const TAKE_MARGIN_SECONDS = 10;

/** Writes of the sweep's own, beside the steps that it performs as their workers; it waits for nobody. */
export const SWEEPER: Worker = { name: 'sweep', limitSeconds: 20, patienceSeconds: 0 };

/** All workers, by the name of the function they run in. The HTTP API cuts a call at 30 s. */
export const WORKERS = {
  'request-globus-upload-paths': { name: 'grant', limitSeconds: 25, patienceSeconds: 8 },
  'request-globus-download': { name: 'grant', limitSeconds: 25, patienceSeconds: 8 },
  'monitor-globus-download': { name: 'report', limitSeconds: 20, patienceSeconds: 5 },
  'add-globus-files': { name: 'report', limitSeconds: 20, patienceSeconds: 5 },
  'delete-leftovers': { name: 'delete-leftovers', limitSeconds: 25, patienceSeconds: 5 },
  'cancel-transfer': { name: 'cancel', limitSeconds: 20, patienceSeconds: 8 },
  'retry-transfer': { name: 'retry', limitSeconds: 20, patienceSeconds: 8 },
  'release-transfer': { name: 'release', limitSeconds: 20, patienceSeconds: 8 },
  'await-report': { name: 'await-report', limitSeconds: 20, patienceSeconds: 15 },
  'end-lease': { name: 'end-lease', limitSeconds: 55, patienceSeconds: 20 },
  'look-at-task': { name: 'look-at-task', limitSeconds: 55, patienceSeconds: 20 },
  'await-completion': { name: 'await-completion', limitSeconds: 55, patienceSeconds: 20 },
  'release-access-rule': { name: 'release-access-rule', limitSeconds: 55, patienceSeconds: 20 },
  'register-files': { name: 'register-files', limitSeconds: 115, patienceSeconds: 20 },
  'close-transfer': { name: 'close-transfer', limitSeconds: 55, patienceSeconds: 20 },
  'raise-attention': { name: 'raise-attention', limitSeconds: 20, patienceSeconds: 15 },
} as const satisfies Record<string, Worker>;
