import type { FileReport, ListedFile, UploadTarget } from './dataverse-client.ts';
import type { SourceFile } from './source-files.ts';

/** A source file with the place that Dataverse gave it. */
export type UploadedFile = SourceFile & UploadTarget;

/** What is proven of one file; each member is true, or the demo fails. */
export interface FileProofs {
  readonly listed: boolean;
  readonly name: boolean;
  readonly folder: boolean;
  readonly description: boolean;
  readonly categories: boolean;
  readonly restriction: boolean;
  readonly mimeType: boolean;
  readonly size: boolean;
  readonly checksum: boolean;
  /** The bytes on the managed collection are those of the source. */
  readonly bytes: boolean;
}

export interface ProvenFile {
  readonly name: string;
  readonly folder: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly storageIdentifier: string;
  readonly path: string;
  readonly checksum: { readonly type: string; readonly value: string; readonly from: ChecksumOrigin };
  readonly proofs: FileProofs;
}

/** Whose checksum a registered file should carry. */
export type ChecksumOrigin = 'client' | 'Globus' | 'placeholder';

/** Evidence about one file after the upload. */
export interface FileEvidence {
  readonly file: UploadedFile;
  readonly listed: ListedFile | undefined;
  /** Null where Globus computed none. */
  readonly globusMd5: string | null;
  readonly arrivedSha256: string;
}

/** What a client reports of a file (dataverse-api.md 2.3); what it does not know it leaves out. */
export function reportOf(file: UploadedFile): FileReport {
  const declared = declaredChecksum(file);
  return {
    storageIdentifier: file.storageIdentifier,
    fileName: file.name,
    description: file.description,
    ...(file.folder === '' ? {} : { directoryLabel: file.folder }),
    categories: file.categories,
    restrict: file.isRestricted ? 'true' : 'false',
    ...(file.mimeType === undefined ? {} : { mimeType: file.mimeType }),
    ...(declared ? { checksum: { '@type': declared.type, '@value': declared.value } } : {}),
  };
}

/** Compares what Dataverse lists and what lies on the collection with what was meant. */
export function proveFile({ file, listed, globusMd5, arrivedSha256 }: FileEvidence): ProvenFile {
  const declared = declaredChecksum(file);
  const from: ChecksumOrigin = declared ? 'client' : globusMd5 === null ? 'placeholder' : 'Globus';
  const checksum = listed?.dataFile.checksum ?? { type: '', value: '' };
  return {
    name: file.name,
    folder: file.folder,
    sizeBytes: file.sizeBytes,
    sha256: file.sha256,
    storageIdentifier: file.storageIdentifier,
    path: file.path,
    checksum: { ...checksum, from },
    proofs: {
      listed: listed !== undefined,
      name: listed?.label === file.name,
      folder: (listed?.directoryLabel ?? '') === file.folder,
      description: listed?.description === file.description,
      categories: sameMembers(listed?.categories ?? [], file.categories),
      restriction: listed?.restricted === file.isRestricted,
      mimeType: listed?.dataFile.contentType === file.expectedMimeType,
      size: listed?.dataFile.filesize === file.sizeBytes,
      checksum: isExpectedChecksum(checksum, file, from, globusMd5),
      bytes: arrivedSha256 === file.sha256,
    },
  };
}

/** Names of the proofs that failed. */
export function failedProofs({ proofs }: ProvenFile): string[] {
  return Object.entries(proofs).flatMap(([name, holds]) => (holds ? [] : [name]));
}

function declaredChecksum(file: SourceFile): { type: string; value: string } | undefined {
  switch (file.declaresChecksum) {
    case 'MD5':
      return { type: 'MD5', value: file.md5 };
    case 'SHA-256':
      return { type: 'SHA-256', value: file.sha256 };
    case 'none':
      return undefined;
  }
}

function isExpectedChecksum(
  shown: { readonly type: string; readonly value: string },
  file: UploadedFile,
  from: ChecksumOrigin,
  globusMd5: string | null,
): boolean {
  switch (from) {
    case 'client': {
      const declared = declaredChecksum(file);
      return shown.type === declared?.type && shown.value === declared.value;
    }
    case 'Globus':
      return shown.type === 'MD5' && shown.value === globusMd5 && globusMd5 === file.md5;
    case 'placeholder':
      // Nobody knows a checksum: it must not look like one.
      return shown.value !== '' && !/^[0-9a-f]+$/i.test(shown.value);
  }
}

function sameMembers(left: readonly string[], right: readonly string[]): boolean {
  return left.toSorted().join('\n') === right.toSorted().join('\n');
}
