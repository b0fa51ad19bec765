import { InvalidRequestError } from '../domain/errors.ts';
import type { DatasetId } from '../domain/ids.ts';
import { whyTooManyFiles } from '../domain/upload-limits.ts';
import type { ActingAs } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Refuses an upload of more files than the dataset may still get, before a byte of it moves. Of sizes nothing is known yet.
 * @throws InvalidRequestError that says how many files are left; UnavailableError when Dataverse does not answer
 */
export async function assertRoomForFiles(
  { dataverse }: Pick<Ports, 'dataverse'>,
  datasetId: DatasetId,
  caller: ActingAs,
  numberOfFiles: number,
): Promise<void> {
  const { remainingFiles } = await dataverse.uploadLimits(datasetId, caller);
  const why = whyTooManyFiles(numberOfFiles, remainingFiles);
  if (why !== undefined) throw new InvalidRequestError(why);
}
