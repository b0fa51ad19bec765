import { parseSettings, type Settings } from '../../functions/config.ts';
import { STORE } from './world.ts';

export const SITE_URL = 'https://dataverse.example.edu';

const { bucket: _bucket, ...store } = STORE;

/** Settings as a deployment has them, for the store of tests; at most 100 files may be asked for at once. */
export const SETTINGS_UNDER_TEST: Settings = parseSettings({
  DATAVERSE_URL: 'http://dataverse.internal:8080',
  SITE_URL,
  STORES: JSON.stringify([store]),
  DATAVERSE_SUPERUSER_SECRET: 'dataverse-superuser',
  URL_SIGNING_SECRET: 'url-signing',
  SECRETS_FILE: './secrets.json',
  ACCESS_RULES_TABLE: 'access-rules',
  TRANSFERS_TABLE: 'transfers',
  DOWNLOADS_TABLE: 'downloads',
  STATE_MACHINE_ARN: 'arn:aws:states:eu-west-2:123456789012:stateMachine:transfer',
  MAX_FILES_PER_GRANT: '100',
});
