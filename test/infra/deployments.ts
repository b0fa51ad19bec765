import { expect } from 'vitest';
import { ConfigurationError } from '../../functions/read-settings.ts';
import { type Deployment, parseDeployment } from '../../infra/deployment/parse-deployment.ts';

/** A store of nobody else's. */
export const OWN_STORE = {
  storeId: 'globusm',
  collectionId: '6c54cade-bde5-45c1-bdea-f4bd71dba2cc',
  basePath: '/hdc1',
  globusSecret: 'dataverse-globus/globus-client',
};

/** The least that an installation has to say, in values of its own. */
export const OWN: Readonly<Record<string, unknown>> = {
  SITE_URL: 'https://data.university.edu',
  DATAVERSE_URL: 'https://data-direct.university.edu',
  STORES: [OWN_STORE],
  CORS_ORIGINS: ['https://gdcc.github.io'],
  DATAVERSE_SUPERUSER_SECRET: 'dataverse-globus/dataverse-superuser',
  URL_SIGNING_SECRET: 'dataverse-globus/url-signing',
};

/** What is made of these settings with some of them changed. */
export function deploymentWith(changes: Readonly<Record<string, unknown>> = {}, isExample = false): Deployment {
  return parseDeployment({ ...OWN, ...changes }, isExample);
}

/** The faults of these settings with some of them changed, each with the setting, the rule and an example; none when they are accepted. */
export function faultsWith(changes: Readonly<Record<string, unknown>>, isExample = false): readonly string[] {
  return faultsOf(() => deploymentWith(changes, isExample));
}

/** The faults that something stumbles over. */
export function faultsOf(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // Of a setting, or of a file, in whose path there may be a space.
    const wording = /^([^\s:]+|\/[^:]+): expected .+, got .+ \(example: .+\)$/;
    for (const fault of error.faults) expect(fault).toMatch(wording);
    return error.faults;
  }
}
