import { expect } from 'vitest';
import { COLLECTION, SOURCE_COLLECTION } from '../builders.ts';
import type { RunningStack } from '../local-stack.ts';
import { putSourceFile } from '../upload-client.ts';
import type { RdmIntegration } from './rdm-integration.ts';

/** A file as rdm-integration sends it. */
export interface RdmFile {
  readonly directoryLabel: string;
  readonly fileName: string;
  readonly content: string;
  /** `@type` may be none of Dataverse's. */
  readonly checksum: { readonly '@type': string; readonly '@value': string };
}

/**
 * Plays an upload of rdm-integration, request by request, up to the accepted report.
 * @returns storage identifiers, in the order of the files
 */
export async function uploadByRdm(
  stack: RunningStack,
  rdm: RdmIntegration,
  files: readonly RdmFile[],
): Promise<readonly string[]> {
  for (const file of files) await putSourceFile(stack, sourcePathOf(file), file.content);

  const principal = await rdm.principal();
  const paths = await rdm.post('requestGlobusUploadPaths', { numberOfFiles: files.length, principal });
  expect(paths.body, JSON.stringify(paths.body)).toMatchObject({ status: 'OK' });
  const granted = Object.entries<string>(paths.body.data);

  const submission = await rdm.transfer('submission_id');
  const task = await rdm.transfer('transfer', {
    DATA_TYPE: 'transfer',
    submission_id: submission.body.value,
    source_endpoint: SOURCE_COLLECTION,
    destination_endpoint: COLLECTION,
    DATA: files.map((file, index) => ({
      DATA_TYPE: 'transfer_item',
      source_path: sourcePathOf(file),
      destination_path: granted[index]?.[1],
      recursive: false,
    })),
    verify_checksum: true,
    notify_on_succeeded: false,
    notify_on_failed: false,
  });
  // Whatever else it gets, it gives up unless the code is this one.
  expect(task.body).toMatchObject({ code: 'Accepted', task_id: expect.any(String) });

  const report = await rdm.postForm('addGlobusFiles', {
    taskIdentifier: task.body.task_id,
    files: files.map(({ directoryLabel, fileName, checksum }, index) => ({
      description: '',
      directoryLabel,
      categories: null,
      restrict: false,
      storageIdentifier: granted[index]?.[0],
      fileName,
      mimeType: 'application/octet-stream',
      checksum,
    })),
  });
  expect(report.body, JSON.stringify(report.body)).toMatchObject({ status: 'OK' });
  return granted.map(([identifier]) => identifier);
}

function sourcePathOf({ directoryLabel, fileName }: RdmFile): string {
  return `/rdm/${directoryLabel}/${fileName}`;
}
