import { join } from 'node:path';

/** Files under copy carry names that begin so; nothing ever lists or reads them. */
export const PARTIAL_FILE_PREFIX = '.globus-partial-';

/**
 * The one spelling of a path on a collection: absolute, no `~`, no doubled slash, no slash at the end (but `/` itself).
 * `/~/` is the root of every simulated collection.
 * @returns undefined for a path Globus refuses: relative, with `.` or `..`, or with line breaks (globus-api.md 2.2)
 */
export function canonicalPath(path: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse.
  if (!path.startsWith('/') || /[\u0000\r\n]/.test(path)) return undefined;
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments[0] === '~') segments.shift();
  if (segments.some((segment) => segment === '.' || segment === '..')) return undefined;
  return `/${segments.join('/')}`;
}

/** Whether a rule on `rulePath` (a directory) reaches `path`; both canonical. */
export function coversPath(rulePath: string, path: string): boolean {
  return rulePath === '/' || path === rulePath || path.startsWith(`${rulePath}/`);
}

/** Directory above a canonical path; the root is its own. */
export function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** Where a canonical path of a collection lies on this machine. */
export function diskPath(collectionsDirectory: string, collectionId: string, path: string): string {
  return join(collectionsDirectory, collectionId, path);
}

/** Appends a name to a path as a client wrote it, whatever slashes that ends in. */
export function childPath(path: string, name: string): string {
  return `${path.replace(/\/+$/, '')}/${name}`;
}

/**
 * Deepest directory that holds all the paths, ending in a slash.
 * @param paths - files (their own name is cut off) or directories (written with a slash at the end)
 */
export function commonDirectory(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split('/').slice(0, -1));
  let length = first.length;
  for (const segments of others) {
    let same = 0;
    while (same < length && segments[same] === first[same]) same += 1;
    length = same;
  }
  return `${first.slice(0, length).join('/')}/`;
}
