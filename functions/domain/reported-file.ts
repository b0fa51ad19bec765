/** One file of a report, checked: what the client said of it (dataverse-api.md 4.8). Absent members were not given. */
export interface ReportedFile {
  readonly storageIdentifier: string;
  readonly fileName: string;
  /** Of a download: Dataverse's database id of the file, decimal digits. */
  readonly fileId?: string;
  readonly mimeType?: string;
  /** Only of a type Dataverse knows; the value as given. */
  readonly checksum?: FileChecksum;
  readonly description?: string;
  readonly directoryLabel?: string;
  readonly categories?: readonly string[];
  readonly dataFileTags?: readonly string[];
  readonly restrict?: boolean;
  readonly tabIngest?: boolean;
  readonly provFreeForm?: string;
}

export interface FileChecksum {
  readonly type: ChecksumType;
  readonly value: string;
}

/** The only types Dataverse registers; one other type fails the whole batch (dataverse-api.md 4.8). */
export const CHECKSUM_TYPES = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'] as const;
export type ChecksumType = (typeof CHECKSUM_TYPES)[number];

/** What became of one reported file. */
export interface FileResult {
  readonly storageIdentifier: string;
  readonly fileName: string;
  readonly outcome: 'registered' | 'not-transferred' | 'refused';
  /** Globus's or Dataverse's own words, or ours; null when registered. */
  readonly reason: string | null;
  /** Not Dataverse's refusal but ours, by limits and sums as they stood: whoever repeats the round that found it judges anew. */
  readonly isJudgedAnew?: true;
}

/** Dataverse's spelling of a checksum type that Globus or a client wrote in another way (`md5`, `SHA256`), or undefined. */
export function parseChecksumType(text: string): ChecksumType | undefined {
  const plain = text.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return CHECKSUM_TYPES.find((type) => type.replace('-', '') === plain);
}
