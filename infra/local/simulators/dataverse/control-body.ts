import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';

/** The JSON object of a control call; an empty body is an empty object. */
export type ControlBody = Readonly<Record<string, unknown>>;

/** Answers with what it returns, `{}` for nothing; whatever it throws is a 400 with the error's sentence. */
export type ControlHandler = (body: ControlBody, request: SimulatorRequest) => unknown;

/** Method, path below `/_control`, handler. */
export type ControlRoute = readonly [method: string, path: string, handler: ControlHandler];

/** The routes as the server takes them. */
export function toSimulatorRoutes(routes: readonly ControlRoute[]): SimulatorRoute[] {
  return routes.map(([method, path, handler]) => [method, `/_control${path}`, (request) => run(handler, request)]);
}

function run(handler: ControlHandler, request: SimulatorRequest): SimulatorReply {
  try {
    const body: unknown = JSON.parse(request.body.toString('utf8') || '{}');
    if (typeof body !== 'object' || body === null) throw new Error('expected a JSON object');
    return { status: 200, body: handler(body as ControlBody, request) ?? {} };
  } catch (error) {
    return { status: 400, body: { message: (error as Error).message } };
  }
}

/** @throws Error when the member is no text */
export function textIn(body: ControlBody, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new Error(`${name}: expected a text`);
  return value;
}

/** The text, or null when the member is null or absent. */
export function textOrNull(body: ControlBody, name: string): string | null {
  return body[name] === null || body[name] === undefined ? null : textIn(body, name);
}

/** @throws Error when the member is no list of texts */
export function textsIn(body: ControlBody, name: string): string[] {
  const value = body[name];
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) {
    throw new Error(`${name}: expected a list of texts`);
  }
  return value;
}

/** @throws Error when the member is no number */
export function numberIn(body: ControlBody, name: string): number {
  const value = body[name];
  if (typeof value !== 'number') throw new Error(`${name}: expected a number`);
  return value;
}

/** @throws Error when the member is neither a number nor null */
export function numberOrNull(body: ControlBody, name: string): number | null {
  return body[name] === null ? null : numberIn(body, name);
}

/** `times`, 1 when absent; null means always. */
export function timesIn(body: ControlBody): number | null {
  return body['times'] === undefined ? 1 : numberOrNull(body, 'times');
}

/** @throws Error that lists the allowed values when the member is none of them */
export function oneOf<const T extends string>(body: ControlBody, name: string, allowed: readonly T[]): T {
  const value = allowed.find((each) => each === body[name]);
  if (value === undefined) throw new Error(`${name}: expected one of ${allowed.join(', ')}`);
  return value;
}

/** A moment in milliseconds since 1970; null when the member is null or absent. @throws Error when it is no moment */
export function momentOrNull(body: ControlBody, name: string): number | null {
  const text = textOrNull(body, name);
  const milliseconds = text === null ? null : Date.parse(text);
  if (Number.isNaN(milliseconds)) throw new Error(`${name}: expected a moment such as 2026-02-03T04:05:06Z`);
  return milliseconds;
}
