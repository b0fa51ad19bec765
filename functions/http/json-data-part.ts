import { InvalidRequestError } from '../domain/errors.ts';
import type { HttpRequest } from './http-request.ts';

/** Of clients' real requests the longest has one part; more than a few is an attack or a mistake (T-12). */
const MAX_PARTS = 10;

/**
 * The text of the `jsonData` part of a multipart/form-data body.
 * @throws InvalidRequestError when the body is no such form, or has none or several
 */
export async function readJsonDataPart(request: HttpRequest): Promise<string> {
  const contentType = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\b/i.test(contentType)) {
    throw new InvalidRequestError(
      `Error parsing json body: expected multipart/form-data with one part jsonData, got ${contentType === '' ? 'no content type' : contentType.slice(0, 80)}.`,
    );
  }
  const form = await parseForm(request.body, contentType);
  const parts = [...form.keys()];
  if (parts.length > MAX_PARTS)
    throw new InvalidRequestError(`Error parsing json body: expected one part jsonData, got ${parts.length} parts.`);
  const [part, ...others] = form.getAll('jsonData');
  if (part === undefined || others.length > 0) {
    throw new InvalidRequestError(
      `Error parsing json body: expected one part jsonData, got ${part === undefined ? 'none' : others.length + 1}.`,
    );
  }
  return typeof part === 'string' ? part : part.text();
}

/** Node's own multipart parser; the body is bounded before it gets here. */
async function parseForm(body: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw new InvalidRequestError('Error parsing json body: the multipart body is malformed.', { cause });
  }
}
