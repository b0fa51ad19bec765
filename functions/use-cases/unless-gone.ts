import { NotFoundError } from '../domain/errors.ts';
import type { Ports } from '../ports/ports.ts';

/** What ends a transfer's registration or lock for good is read twice, this far apart, like the end of a task. */
const SECOND_READ_AFTER_MILLISECONDS = 1_000;

/**
 * Asks Dataverse something about a dataset that may have been destroyed meanwhile (F-68). One "not found" decides nothing: a proxy or an
 * index that lags may have said it.
 * @returns the answer, or `gone` when two reads agree that the dataset is not there
 * @throws what else `ask` throws
 */
export async function unlessGone<Answer>(
  { clock }: Pick<Ports, 'clock'>,
  ask: () => Promise<Answer>,
): Promise<Answer | 'gone'> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
  await clock.sleep(SECOND_READ_AFTER_MILLISECONDS);
  return ask().catch((error: unknown) => {
    if (error instanceof NotFoundError) return 'gone' as const;
    throw error;
  });
}
