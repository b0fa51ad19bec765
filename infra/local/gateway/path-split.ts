/** Where a request goes: to our API, to the local control of time, or to the Dataverse stand-in. */
export type Destination = 'api' | 'clock-control' | 'dataverse';

const GLOBUS_NAMES = [
  'globusUploadParameters',
  'requestGlobusUploadPaths',
  'addGlobusFiles',
  'globusDownloadParameters',
  'requestGlobusDownload',
  'monitorGlobusDownload',
];

/** The dataset part may hold slashes: a persistent id in the path must reach the API, which explains what to do instead. */
const DATASET_PATH = new RegExp(`^/api(?:/v1)?/datasets/.+/(?:${GLOBUS_NAMES.join('|')})$`);
const OWN_PATH = /^\/api(?:\/v1)?\/globus(?:\/|$)/;

/**
 * Splits paths as the site's reverse proxy does (design 7 and 9), whatever the method: the six Globus paths and
 * `/api/globus/*` are ours, everything else stays with Dataverse.
 * @param path - percent-decoded, without the query
 */
export function destinationOf(path: string): Destination {
  if (path === '/_control/clock') return 'clock-control';
  return DATASET_PATH.test(path) || OWN_PATH.test(path) ? 'api' : 'dataverse';
}
