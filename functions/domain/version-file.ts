/** One file of a version, as far as it takes to judge who may download it (dataverse-api.md 4.3, 4.10). */
export interface VersionFile {
  /** Database id, decimal digits. */
  readonly fileId: string;
  /** Null when the file has none. */
  readonly persistentId: string | null;
  readonly storageIdentifier: string;
  readonly label: string;
  /** Bytes; -1 when Dataverse never learnt it. */
  readonly sizeBytes: number;
  readonly isRestricted: boolean;
  /** First day after the embargo, `yyyy-mm-dd`; null without one. */
  readonly embargoEndsOn: string | null;
  /** Last day of the retention period, `yyyy-mm-dd`; null without one. */
  readonly retentionEndsOn: string | null;
}
