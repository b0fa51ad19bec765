import * as z from 'zod/mini';
import { UnavailableError } from '../../domain/errors.ts';

/** A version, as far as it takes to name it (dataverse-api.md 4.3). */
export const versionDocument = z.object({
  versionState: z.string(),
  versionNumber: z.nullish(z.number()),
  versionMinorNumber: z.nullish(z.number()),
});

export type Version = z.infer<typeof versionDocument>;

/** The name under which a version is asked for: `:draft`, or `major.minor`. @throws UnavailableError when it has none */
export function versionNameOf(version: Version): string {
  if (version.versionState === 'DRAFT') return ':draft';
  const { versionNumber, versionMinorNumber } = version;
  if (versionNumber == null || versionMinorNumber == null) {
    throw new UnavailableError(`Dataverse names a version in state ${version.versionState} without its numbers.`);
  }
  return `${versionNumber}.${versionMinorNumber}`;
}
