import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type HttpRequest, readHttpEvent } from '../../functions/http/http-request.ts';

/** The parts of a request that matter to a test; the rest is that of a plain GET. */
export interface RequestParts {
  readonly method?: string;
  readonly path?: string;
  /** Without the question mark. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
  /** The `{id}` of the path as the gateway found it. */
  readonly id?: string;
}

/** An HTTP API event of payload format 2.0; a Buffer becomes a base64 body, as the gateway does for multipart. */
export function anEvent(parts: RequestParts = {}): APIGatewayProxyEventV2 {
  const { method = 'GET', path = '/api/v1/datasets/29/globusUploadParameters', query = '', headers = {}, body } = parts;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { ...headers } as Record<string, string>,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.example.edu',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '01/Mar/2026:00:00:00 +0000',
      timeEpoch: 0,
    },
    isBase64Encoded: Buffer.isBuffer(body),
    ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? body.toString('base64') : body }),
    ...(parts.id === undefined ? {} : { pathParameters: { id: parts.id } }),
  };
}

/** The same as the operations see it. */
export function aRequest(parts: RequestParts = {}): HttpRequest {
  return readHttpEvent(anEvent(parts));
}

/** A form with one part `jsonData`, and the content type that names its boundary. */
export function jsonDataForm(jsonData: string): { readonly body: Buffer; readonly headers: Record<string, string> } {
  const body = `--b0undary\r\nContent-Disposition: form-data; name="jsonData"\r\n\r\n${jsonData}\r\n--b0undary--\r\n`;
  return { body: Buffer.from(body), headers: { 'content-type': 'multipart/form-data; boundary=b0undary' } };
}
