import type { Application } from '../wiring.ts';
import type { HttpRequest } from './http-request.ts';
import { type HttpReply, passOn } from './reply.ts';

/** Passes a request on to Dataverse as it came, for datasets whose store is not ours. */
export async function forwardToDataverse(app: Application, request: HttpRequest): Promise<HttpReply> {
  const { method, headers, body } = request;
  return passOn(
    await app.ports.dataverse.forward({
      method,
      target: targetOf(request),
      headers,
      ...(body.length > 0 ? { body } : {}),
    }),
  );
}

/** Path and query byte for byte: Dataverse's signatures cover them. */
export function targetOf(request: HttpRequest): string {
  return request.rawQuery === '' ? request.path : `${request.path}?${request.rawQuery}`;
}
