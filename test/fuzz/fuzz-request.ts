/**
 * A request as it is made up, before anything is known of the stack it goes to. Its texts may hold marks of the form `«kind:number»`, which
 * stand for what a running stack gives out: identifiers, tasks, signed URLs (known-things.ts). So the same seed makes the same requests.
 */
export interface FuzzRequest {
  readonly method: string;
  /** Path and query, or a mark of a signed URL. */
  readonly target: string;
  /** What is done to the target once its marks are filled in: tampering with a signature needs one. */
  readonly edits: readonly Edit[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined for none. Bytes are those of UTF-8. */
  readonly body: string | undefined;
}

/** The first place that fits the expression gets the text instead. */
export interface Edit {
  readonly find: string;
  readonly put: string;
}

/** A request as it goes out. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
}

/** A reply as it came. */
export interface WireReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

const MARK = /«([a-z-]+):([^»]*)»/g;
/** Servers refuse anything else before it gets to the gateway. */
const NOT_IN_TARGET = /[^\u0021-\u007e]/gu;
const NOT_IN_HEADER = /[^\t\u0020-\u007e\u0080-\u00ff]/gu;

/** @param meaningOf - what a mark stands for; a mark without meaning stays as it is */
export function toWire(
  request: FuzzRequest,
  meaningOf: (kind: string, name: string) => string | undefined,
): WireRequest {
  const fill = (text: string) =>
    text.replace(
      MARK,
      (mark, kind: string, name: string) => meaningOfGeneral(kind, name) ?? meaningOf(kind, name) ?? mark,
    );
  const edited = request.edits.reduce(
    (target, { find, put }) => target.replace(new RegExp(find), () => put),
    fill(request.target),
  );
  return {
    method: request.method,
    target: edited.replace(NOT_IN_TARGET, escaped),
    headers: request.headers.map(([name, value]) => [name, fill(value).replace(NOT_IN_HEADER, '?')]),
    body: request.body === undefined ? undefined : Buffer.from(fill(request.body), 'utf8'),
  };
}

/** A mark of the form `«fill:count*text»` keeps a long text out of what is printed of a request. */
function meaningOfGeneral(kind: string, name: string): string | undefined {
  const at = name.indexOf('*');
  return kind === 'fill' ? name.slice(at + 1).repeat(Number(name.slice(0, at))) : undefined;
}

function escaped(character: string): string {
  // Half a surrogate pair has no encoding.
  return encodeURIComponent(character.isWellFormed() ? character : '\ufffd');
}
