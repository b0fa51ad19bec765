import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import { jsonObject } from './documents.ts';

/** A control handler that is given the JSON object in the body (an empty body is an empty object). */
export function withBody(handler: (body: Record<string, unknown>, request: SimulatorRequest) => SimulatorReply) {
  return (request: SimulatorRequest): SimulatorReply => {
    let body: Record<string, unknown>;
    try {
      body = request.body.length === 0 ? {} : jsonObject(request.body);
    } catch {
      return controlRefusal('expected a JSON object');
    }
    return handler(body, request);
  };
}

/** An answer of the control interface that refuses, with a sentence for whoever typed the call. */
export function controlRefusal(message: string): SimulatorReply {
  return { status: 400, body: { message } };
}
