/**
 * The directory of a dataset's files on a managed collection, with a trailing slash: `<base path>/<authority>/<identifier>/`
 * (dataverse-api.md 2.8). Storage is flat; directory labels never become directories.
 * @param basePath - the store's, absolute, without a trailing slash; empty for the collection's root
 */
export function datasetDirectory(basePath: string, authority: string, identifier: string): string {
  return `${basePath}/${authority}/${identifier}/`;
}

/** The directories to make, outermost first, below an existing base path. */
export function directoriesToMake(basePath: string, authority: string, identifier: string): string[] {
  const directories: string[] = [];
  let path = basePath;
  for (const segment of [authority, ...identifier.split('/')]) {
    path = `${path}/${segment}`;
    directories.push(`${path}/`);
  }
  return directories;
}

/** Is the path inside the directory, segment by segment? Both absolute; dot segments never are. */
export function isInside(directory: string, path: string): boolean {
  const segments = path.split('/');
  if (segments.includes('..') || segments.includes('.')) return false;
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return path === prefix || `${path}/` === prefix || path.startsWith(prefix);
}
