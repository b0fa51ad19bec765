/** A file on somebody's collection that a dataset may refer to. */
export interface ReferencedFile {
  readonly collectionId: string;
  /** Absolute, no dot segments, no empty ones. */
  readonly path: string;
}

/** Signs that look like a slash or a backslash to people, or are one to some file systems, and that NFKC leaves as they are. */
const SLASH_LOOK_ALIKES = /[\u2044\u2215\u2216\u29f5\u29f8\u29f9]/;
/** Controls, line separators and unpaired surrogates. */
const CONTROLS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Signs that nobody sees, such as joiners: they belong to names in some scripts, and some systems drop them. */
const INVISIBLE = /\p{Cf}/gu;
const ESCAPES = /%[0-9a-f]{2}/gi;
/** The way some servers write characters beyond ASCII. */
const ODD_ESCAPE = /%u[0-9a-f]{4}/i;
/** Text that was percent-encoded more often than this is refused. */
const MOST_DECODINGS = 4;

/**
 * The file that a reference names, if it lies below one of the allowed places (T-08): compared segment by segment, where Dataverse compares
 * prefixes (dataverse-api.md 7 B5). A reference that would lead elsewhere when somebody decodes or normalises it is none.
 * @param reference - `<collection>/<path>`, as Dataverse takes it
 * @param endpoints - `<collection>/<path>` each, the path perhaps empty
 */
export function allowedReference(reference: string, endpoints: readonly string[]): ReferencedFile | undefined {
  if (!hasOneMeaning(reference)) return undefined;
  const [collectionId = '', ...path] = reference.split('/');
  const isAllowed = endpoints.some((endpoint) => {
    const [baseCollectionId, ...base] = endpoint.replace(/\/+$/, '').split('/');
    const isBelow = base.length < path.length && base.every((segment, index) => segment === path[index]);
    return baseCollectionId === collectionId && isBelow;
  });
  return isAllowed ? { collectionId, path: `/${path.join('/')}` } : undefined;
}

/** Does it name the same segments, none of which leads upwards, however often it is decoded? */
function hasOneMeaning(reference: string): boolean {
  const count = reference.split('/').length;
  let reading = reference;
  for (let decodings = 0; decodings <= MOST_DECODINGS; decodings++) {
    if (
      SLASH_LOOK_ALIKES.test(reading) ||
      ![reading, inCompatibleSigns(reading)].every((each) => isPlain(each, count))
    ) {
      return false;
    }
    const decoded = decodedOnce(reading);
    if (decoded === reading) return true;
    if (decoded === undefined) return false;
    reading = decoded;
  }
  return false;
}

/** Fullwidth and other forms of a sign become the sign itself. */
function inCompatibleSigns(text: string): string {
  return text.replace(INVISIBLE, '').normalize('NFKC');
}

function isPlain(text: string, segmentCount: number): boolean {
  if (CONTROLS.test(text) || text.includes('\\')) return false;
  const segments = text.split('/');
  const isUpright = segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
  return isUpright && segments.length === segmentCount;
}

/** Percent signs that encode nothing stay. @returns undefined for escapes that are odd, or of no text */
function decodedOnce(text: string): string | undefined {
  const escapesIn = (each: string) => each.match(ESCAPES)?.length ?? 0;
  if (ODD_ESCAPE.test(text) || escapesIn(text) !== escapesIn(inCompatibleSigns(text))) return undefined;
  try {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, decodeURIComponent);
  } catch {
    return undefined;
  }
}
