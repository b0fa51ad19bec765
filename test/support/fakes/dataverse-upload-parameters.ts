import { parseDatasetId, type UserName } from '../../../functions/domain/ids.ts';
import { Secret } from '../../../functions/domain/secret.ts';
import type {
  DatasetDescription,
  DatasetReference,
  Dataverse,
  ForwardedReply,
} from '../../../functions/ports/dataverse.ts';
import type { Accounts } from './dataverse-accounts.ts';

const SITE = 'https://dataverse.example.edu';
/** When signing begins to count, milliseconds since 1970. */
const SIGNED_AT = Date.UTC(2031, 1, 3, 4, 5, 6, 789);

/**
 * Dataverse's own answers to what is passed on: the parameters of an upload, and the URLs that it signed in them or when asked to.
 * Anything else is not there.
 */
export function createUploadParameters(
  accounts: Accounts,
  find: (reference: DatasetReference) => DatasetDescription,
): Pick<Dataverse, 'forward' | 'signedUrl'> {
  const signedTargets = new Set<string>();
  const sign = (target: string, userName: UserName, minutes: number): string => {
    const until = new Date(SIGNED_AT + minutes * 60_000).toISOString().replace('Z', '');
    const signature = `until=${until}&user=${userName}&method=GET&token=${signedTargets.size + 1}`;
    const signed = `${target}${target.includes('?') ? '&' : '?'}${signature}`;
    signedTargets.add(signed);
    return `${SITE}${signed}`;
  };

  return {
    async signedUrl(userName, target, minutes) {
      accounts.required({ kind: 'user', userName });
      return sign(target, userName, minutes);
    },
    async forward({ method, target, headers }) {
      const [, datasetId, operation] = /^\/api(?:\/v1)?\/datasets\/(\d+)\/(\w+)/.exec(target) ?? [];
      if (method !== 'GET' || datasetId === undefined) return reply(404, 'not there');
      if (target.includes('token=')) return signedTargets.has(target) ? reply(200, {}) : reply(401, 'Bad signature');
      const key = headers['x-dataverse-key'];
      if (key === undefined || operation !== 'globusUploadParameters') return reply(401, 'Authentication is required.');
      const { userName } = accounts.required({ kind: 'key', token: new Secret(key) });
      const { protocol, authority, identifier } = find({
        kind: 'database-id',
        datasetId: parseDatasetId(datasetId),
      });
      const metadata = sign(`/api/v1/datasets/${datasetId}/versions/:draft`, userName, 5);
      return reply(200, {
        queryParameters: { datasetPid: `${protocol}:${authority}/${identifier}`, managed: 'true' },
        signedUrls: [{ name: 'getDatasetMetadata', signedUrl: metadata }],
      });
    },
  };
}

function reply(status: number, said: object | string): ForwardedReply {
  const body = typeof said === 'string' ? { status: 'ERROR', message: said } : { status: 'OK', data: said };
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}
