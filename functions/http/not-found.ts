import { InvalidRequestError } from '../domain/errors.ts';
import { httpApi } from '../manifest.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import { json } from './reply.ts';

/** A Globus call of Dataverse's API, whatever stands for the dataset, even a persistent id with its slashes. */
const GLOBUS_CALL =
  /\/datasets\/(.+)\/(globusUploadParameters|requestGlobusUploadPaths|addGlobusFiles|globusDownloadParameters|requestGlobusDownload|monitorGlobusDownload)$/;

/** Whatever no route serves, in the form of Dataverse's own 404 and 405 (dataverse-api.md 1.4). */
const notFound: Operation = async (_app, request) => {
  const [, dataset = '', operation = ''] = GLOBUS_CALL.exec(request.path) ?? [];
  if (/\/|^(doi|hdl):/i.test(decoded(dataset))) {
    throw new InvalidRequestError(
      `A persistent id cannot stand in the path. Use /api/datasets/:persistentId/${operation}?persistentId=<the persistent id> instead.`,
    );
  }
  const [statusCode, message] = isServed(request.path)
    ? [405, 'API endpoint does not support this method. Consult our API guide at http://guides.dataverse.org.']
    : [
        404,
        'API endpoint does not exist on this server. Please check your code for typos, or consult our API guide at http://guides.dataverse.org.',
      ];
  const { path: requestUrl, method: requestMethod } = request;
  return json(statusCode, { status: 'ERROR', code: statusCode, message, requestUrl, requestMethod });
};

/** Does a route serve this path, with another method? */
function isServed(path: string): boolean {
  const segments = path.split('/');
  const served = httpApi.prefixes.flatMap((prefix) =>
    httpApi.routes.map((route) => `${prefix}${route.path}`.split('/')),
  );
  return served.some(
    (wanted) =>
      wanted.length === segments.length && wanted.every((each, at) => each.startsWith('{') || each === segments[at]),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const handler = httpHandler('not-found', notFound);
