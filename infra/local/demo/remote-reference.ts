import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CURATOR_KEY, REFERENCED_NAME, REFERENCES_PID } from './cast.ts';
import { listFiles, listLocks } from './dataverse-client.ts';
import type { SettledUpload, UploadScene } from './managed-upload.ts';
import { addReference, askReferenceParameters, requestReference } from './reference-client.ts';

/** What a reference has shown. */
export interface AddedReference {
  readonly datasetPid: string;
  /** `<collection>/<path>`. */
  readonly reference: string;
  readonly storageIdentifier: string;
  readonly sizeBytes: number;
}

/**
 * Adds a file to a dataset that stays where it is: nothing is transferred, nobody gets access, nothing is locked.
 * @throws DemoFailure naming the first claim that does not hold
 */
export async function playReference(
  { addresses, collectionsDirectory, narrator, signal }: UploadScene,
  { manager }: Pick<SettledUpload, 'manager'>,
): Promise<AddedReference> {
  narrator.step('A third dataset only refers to a file, which stays on its collection.');
  const order = { apiKey: CURATOR_KEY, persistentId: REFERENCES_PID };
  const invitation = await askReferenceParameters(addresses.apiUrl, order, signal);
  const { datasetId, datasetPid, allowed } = invitation;
  narrator.say(`Dataset ${datasetPid} may refer to files below ${allowed.join(', ')}.`);

  const reference = `${allowed[0] ?? ''}/${REFERENCED_NAME}`;
  const { storageIdentifier, verifiedBytes } = await requestReference(invitation, reference, signal);
  const { size: sizeBytes } = await stat(join(collectionsDirectory, reference));
  narrator.check(`the service found the file there, with its ${sizeBytes} bytes`, verifiedBytes === sizeBytes);

  const added = await addReference(
    invitation,
    {
      storageIdentifier,
      fileName: REFERENCED_NAME,
      description: 'Kept by another institution',
      categories: ['Data'],
      restrict: 'false',
      mimeType: 'text/plain',
      checksum: { '@type': 'MD5', '@value': 'Not in Dataverse' },
    },
    signal,
  );
  const listed = await listFiles(invitation, signal);
  narrator.check(
    `the dataset lists ${REFERENCED_NAME} by ${storageIdentifier}`,
    added === 1 && listed.some(({ dataFile }) => dataFile.storageIdentifier === storageIdentifier),
  );
  const [collectionId = ''] = reference.split('/');
  narrator.check('nobody got an access rule for it', (await manager.listRules(collectionId)).length === 0);
  narrator.check('nothing was locked', (await listLocks(addresses.apiUrl, datasetId, signal)).length === 0);
  return { datasetPid, reference, storageIdentifier, sizeBytes };
}
