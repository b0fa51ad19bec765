import { parseDatasetId } from '../../../functions/domain/ids.ts';
import { Secret } from '../../../functions/domain/secret.ts';
import type {
  DatasetDescription,
  DatasetReference,
  Dataverse,
  ForwardedReply,
} from '../../../functions/ports/dataverse.ts';
import type { Accounts } from './dataverse-accounts.ts';

const SITE = 'https://dataverse.example.edu';

/** Dataverse's own answers to what is passed on: the parameters of an upload, and the URLs that it signed in them. Anything else is not there. */
export function createUploadParameters(
  accounts: Accounts,
  find: (reference: DatasetReference) => DatasetDescription,
): Dataverse['forward'] {
  const signedTargets = new Set<string>();
  const sign = (path: string): string => {
    const target = `${path}?until=2031-02-03T04:05:06.789&user=curator&method=GET&token=${signedTargets.size + 1}`;
    signedTargets.add(target);
    return `${SITE}${target}`;
  };

  return async ({ method, target, headers }) => {
    const [, datasetId, operation] = /^\/api(?:\/v1)?\/datasets\/(\d+)\/(\w+)/.exec(target) ?? [];
    if (method !== 'GET' || datasetId === undefined) return reply(404, 'not there');
    if (target.includes('token=')) return signedTargets.has(target) ? reply(200, {}) : reply(401, 'Bad signature');
    const key = headers['x-dataverse-key'];
    if (key === undefined || operation !== 'globusUploadParameters') return reply(401, 'Authentication is required.');
    accounts.behind({ kind: 'key', token: new Secret(key) });
    const dataset = find({ kind: 'database-id', datasetId: parseDatasetId(datasetId) });
    const { protocol, authority, identifier } = dataset;
    return reply(200, {
      queryParameters: { datasetPid: `${protocol}:${authority}/${identifier}`, managed: 'true' },
      signedUrls: [{ name: 'getDatasetMetadata', signedUrl: sign(`/api/v1/datasets/${datasetId}/versions/:draft`) }],
    });
  };
}

function reply(status: number, said: object | string): ForwardedReply {
  const body = typeof said === 'string' ? { status: 'ERROR', message: said } : { status: 'OK', data: said };
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}
