import type { ForwardedReply } from '../ports/dataverse.ts';
import type { Application } from '../wiring.ts';
import type { HttpRequest } from './http-request.ts';
import { type HttpReply, passOn } from './reply.ts';

/** Passes a request on to Dataverse as it came, for datasets whose store is not ours. */
export async function forwardToDataverse(app: Application, request: HttpRequest): Promise<HttpReply> {
  return passOn(await answerOfDataverse(app, request));
}

/** What Dataverse answers to a request that is passed on as it came. @throws UnavailableError when it does not */
export function answerOfDataverse(app: Application, request: HttpRequest): Promise<ForwardedReply> {
  const { method, headers, body } = request;
  const target = targetOf(request);
  return app.ports.dataverse.forward({ method, target, headers, ...(body.length > 0 ? { body } : {}) });
}

/** Path and query byte for byte: Dataverse's signatures cover them. */
export function targetOf(request: HttpRequest): string {
  return request.rawQuery === '' ? request.path : `${request.path}?${request.rawQuery}`;
}
