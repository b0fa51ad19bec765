import type { SimulatorRequest } from '../http/routes.ts';

/**
 * The part `jsonData` of a multipart body, parsed.
 * @throws Error when the body is not multipart, the part is missing or its text is not JSON
 */
export async function readJsonPart(request: SimulatorRequest): Promise<unknown> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(new Uint8Array(request.body), { headers }).formData();
  const part = form.get('jsonData');
  if (part === null) throw new Error('the part jsonData is missing');
  return JSON.parse(typeof part === 'string' ? part : await part.text());
}

/**
 * A JSON object as the whole body.
 * @throws Error when it is anything else, which the real one answers with 500 too
 */
export function readJsonObject(request: SimulatorRequest): Record<string, unknown> {
  const value: unknown = JSON.parse(request.body.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('expected an object');
  return value as Record<string, unknown>;
}
