import type { Settings } from '../../../functions/config.ts';
import { asUserName, type DatasetId, type PrincipalId } from '../../../functions/domain/ids.ts';
import { Secret } from '../../../functions/domain/secret.ts';
import { parseSigningKeys } from '../../../functions/domain/signed-url.ts';
import type { DatasetDescription } from '../../../functions/ports/dataverse.ts';
import { CURATOR, PRINCIPAL, SECOND_PRINCIPAL } from '../../support/builders.ts';
import { READER } from '../../support/fakes/dataverse-accounts.ts';
import { aStandingFile } from '../../support/fakes/dataverse-files.ts';
import { SETTINGS_UNDER_TEST } from '../../support/settings.ts';
import type { SimulatedDataverse } from '../fakes/simulated-dataverse.ts';

/** A draft for uploads, one with published files for downloads as well, both in one store. */
export const DRAFT = '29' as DatasetId;
export const PUBLISHED = '30' as DatasetId;
export const DATASETS: readonly DatasetDescription[] = [
  { datasetId: DRAFT, protocol: 'doi', authority: '10.5072', identifier: 'FK2/ILLPXE' },
  { datasetId: PUBLISHED, protocol: 'doi', authority: '10.5072', identifier: 'FK2/7U7YBV' },
];
export const DIRECTORIES: Readonly<Record<string, string>> = {
  [DRAFT]: '/hdc1/10.5072/FK2/ILLPXE/',
  [PUBLISHED]: '/hdc1/10.5072/FK2/7U7YBV/',
};
export const PUBLISHED_FILES = ['60', '61'] as const;
export const LINKED_PRINCIPAL = 'd15d4244-fc10-47f3-a790-85bdb6db9aff' as PrincipalId;

/** Secrets that must show up nowhere: each begins so. */
export const CANARY = 'canary-';

/** Who calls: a Dataverse account, and the Globus identity it names. */
export interface Person {
  readonly userName: string;
  readonly key: string;
  readonly principal: PrincipalId;
}

export const PEOPLE = {
  curator: { userName: CURATOR, key: `${CANARY}curator`, principal: PRINCIPAL },
  colleague: { userName: 'colleague', key: `${CANARY}colleague`, principal: SECOND_PRINCIPAL },
  reader: { userName: READER, key: `${CANARY}reader`, principal: SECOND_PRINCIPAL },
  operator: { userName: 'operator', key: `${CANARY}operator`, principal: SECOND_PRINCIPAL },
} as const satisfies Record<string, Person>;

export const SIGNING_KEYS = parseSigningKeys(new Secret('ca'.repeat(32)));

/** Gives the accounts their keys, and the published dataset its files. */
export function peopleOf(dataverse: SimulatedDataverse): void {
  for (const dataset of dataverse.datasets.values()) {
    dataset.accounts.set(CURATOR, { isEditor: true, token: PEOPLE.curator.key });
    dataset.accounts.set(asUserName('colleague'), { isEditor: true, token: PEOPLE.colleague.key });
    dataset.accounts.set(READER, { token: PEOPLE.reader.key });
    dataset.accounts.set(asUserName('operator'), { isSuperuser: true, token: PEOPLE.operator.key });
  }
  const published = dataverse.of(PUBLISHED);
  published.publishedVersion = '1.0';
  published.standingFiles.push(
    ...PUBLISHED_FILES.map((fileId, index) =>
      aStandingFile({
        datasetId: PUBLISHED,
        fileId,
        storageIdentifier: `globusm://18bf3af9c78-92b8e168090${index}`,
        label: `${fileId}.dat`,
      }),
    ),
  );
}

/** Settings of the site; its collection is not ours alone. */
export function settingsOf(changes: Partial<Settings> = {}): Settings {
  const stores = SETTINGS_UNDER_TEST.stores.map((store) => ({ ...store, exclusive: false }));
  return { ...SETTINGS_UNDER_TEST, stores, ...changes };
}
