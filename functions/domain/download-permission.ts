import type { VersionFile } from './version-file.ts';

/** What Dataverse must be asked before somebody may have a file; `everybody` and `nobody` need no question. */
export type Deciding = 'everybody' | 'nobody' | 'may-view-draft' | 'may-download-file' | 'may-edit-dataset';

/**
 * What decides whether a caller may download a file: the rule of Dataverse's own file access (dataverse-api.md 4.10). The question that
 * Dataverse's Globus calls ask forgets embargoes and retention periods (B1, B2), so that dates come first here.
 * @param isPublished - it stands in a published version
 * @param today - `yyyy-mm-dd`, UTC
 */
export function whatDecides(file: VersionFile, isPublished: boolean, today: string): Deciding {
  if (file.retentionEndsOn !== null && file.retentionEndsOn < today) return 'nobody';
  if (!isPublished) return 'may-view-draft';
  // For restricted files Dataverse's answer is by role and reliable, whether or not they are embargoed too.
  if (file.isRestricted) return 'may-download-file';
  if (file.embargoEndsOn !== null && file.embargoEndsOn > today) return 'may-edit-dataset';
  return 'everybody';
}

/** The day of a moment, `yyyy-mm-dd`, UTC. */
export function dayOf(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().slice(0, 10);
}
