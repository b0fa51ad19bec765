import { join } from 'node:path';
import { listFiles, listLocks } from './dataverse-client.ts';
import { failedProofs, type ProvenFile, proveFile } from './file-proofs.ts';
import type { SettledUpload, UploadScene } from './managed-upload.ts';
import { sha256OfFile } from './source-files.ts';

/**
 * Proves that an upload left the dataset as it was meant to be, and nothing besides.
 * @returns what is proven of each file
 * @throws DemoFailure naming the first claim that does not hold
 */
export async function proveUpload(scene: UploadScene, upload: SettledUpload): Promise<ProvenFile[]> {
  const { addresses, collectionsDirectory, narrator, signal } = scene;
  const { invitation, files, taskId, researcher, manager } = upload;
  narrator.step('What is there now?');
  const [listed, copied] = await Promise.all([listFiles(invitation, signal), researcher.copiedFiles(taskId)]);
  const proven: ProvenFile[] = [];
  for (const file of files) {
    const onDisk = join(collectionsDirectory, invitation.collectionId, file.path);
    const proof = proveFile({
      file,
      listed: listed.find(({ dataFile }) => dataFile.storageIdentifier === file.storageIdentifier),
      globusMd5: copied.get(file.path) ?? null,
      arrivedSha256: await sha256OfFile(onDisk, signal).catch(() => ''),
    });
    proven.push(proof);
    narrator.check(claimAbout(proof), failedProofs(proof).length === 0);
  }
  narrator.check(`the dataset lists these ${files.length} files and no other`, listed.length === files.length);
  const checksums = new Set(listed.map(({ dataFile }) => dataFile.checksum.value));
  narrator.check('each file has a checksum of its own', checksums.size === listed.length);
  const rules = await manager.listRules(invitation.collectionId);
  narrator.check('no access rule is left on the collection', rules.length === 0);
  const locks = await listLocks(addresses.apiUrl, invitation.datasetId, signal);
  narrator.check('no lock is left on the dataset', locks.length === 0);
  return proven;
}

function claimAbout(file: ProvenFile): string {
  const where = file.folder === '' ? file.name : `${file.folder}/${file.name}`;
  const failed = failedProofs(file);
  if (failed.length > 0) return `${where} is as it was meant to be (not so: ${failed.join(', ')})`;
  return `${where}: same bytes; listed with name, folder, description, categories, restriction, type, size, and the checksum of ${file.checksum.from === 'client' ? 'the report' : file.checksum.from}`;
}
