import { UpstreamRefusedError } from '../../domain/errors.ts';

/** What an id of Globus's may consist of: UUIDs today, and nothing that could change the path it is put into. */
export const ID_PATTERN = /^[A-Za-z0-9_-]+$/;

/**
 * An id as one segment of a path. The SDK inserts segments as they are (globus-api.md 5.1), and `..` would survive percent-encoding.
 * @throws UpstreamRefusedError when the text is no id
 */
export function pathSegment(id: string): string {
  if (!ID_PATTERN.test(id)) throw new UpstreamRefusedError(`${JSON.stringify(id.slice(0, 80))} is no id of Globus.`);
  return encodeURIComponent(id);
}
