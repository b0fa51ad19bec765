import * as z from 'zod/mini';
import { ExpectedError } from '../domain/errors.ts';
import type { DatasetId } from '../domain/ids.ts';
import type { Ports } from '../ports/ports.ts';
import { jsonOrNothing } from './parameters-answer.ts';

/** Dataverse 6.9 and later; earlier ones have no such call (dataverse-api.md 4.7). */
const answerSchema = z.object({
  data: z.object({ uploadLimits: z.object({ numberOfFilesRemaining: z.number() }) }),
});

/**
 * How many files a dataset may still get, asked with the caller's own credential, so that no secret of the service's is needed.
 * @param credential - headers that prove who calls; a URL that Dataverse signed is good for its own call only, and brings none
 * @returns undefined where Dataverse tells none, or does not answer: an ornament of the reply, which is good without it
 */
export async function askRemainingFiles(
  { dataverse }: Pick<Ports, 'dataverse'>,
  datasetId: DatasetId,
  credential: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  if (Object.keys(credential).length === 0) return undefined;
  const target = `/api/v1/datasets/${datasetId}/uploadlimits`;
  try {
    const { status, body } = await dataverse.forward({ method: 'GET', target, headers: credential });
    const answer = status === 200 ? jsonOrNothing(Buffer.from(body).toString('utf8')) : undefined;
    return answerSchema.safeParse(answer).data?.data.uploadLimits.numberOfFilesRemaining;
  } catch (error) {
    if (error instanceof ExpectedError) return undefined;
    throw error;
  }
}
