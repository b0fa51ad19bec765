import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** What the tests read of an OpenAPI 3.1 document. A `$ref` may stand in place of any part. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly 'x-otherwise': { readonly responses: Responses };
}

export type Responses = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly method: string;
  /** As the document writes it, below the servers' prefixes. */
  readonly path: string;
  readonly operationId: string;
  readonly responses: Responses;
  /** Of the operation and of its path. */
  readonly parameters: readonly unknown[];
  readonly requestBody: unknown;
  /** Where it stands in the document, as a JSON pointer. */
  readonly pointer: string;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** Reads docs/openapi.yaml. */
export function readOpenApi(): OpenApiDocument {
  const file = fileURLToPath(new URL('../../docs/openapi.yaml', import.meta.url));
  return parse(readFileSync(file, 'utf8')) as OpenApiDocument;
}

/** Every operation of a document, in its order. */
export function operationsOf(document: OpenApiDocument): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, value]) => {
        const operation = value as Record<string, unknown>;
        return {
          method: method.toUpperCase(),
          path,
          operationId: String(operation['operationId']),
          responses: (operation['responses'] ?? {}) as Responses,
          parameters: [...asList(item['parameters']), ...asList(operation['parameters'])],
          requestBody: operation['requestBody'],
          pointer: pointerOf(['paths', path, method]),
        };
      }),
  );
}

/** The operation that answers a request for a path, percent-decoded and without its query; undefined for any other. */
export function operationAt(document: OpenApiDocument, method: string, path: string): Operation | undefined {
  const prefix = [...document.servers]
    .map(({ url }) => url)
    .sort((a, b) => b.length - a.length)
    .find((url) => path.startsWith(`${url}/`));
  if (prefix === undefined) return undefined;
  const given = path.slice(prefix.length).split('/');
  return operationsOf(document).find((operation) => {
    const pattern = operation.path.split('/');
    const fits = pattern.every((segment, index) =>
      segment.startsWith('{') ? given[index] !== '' && given[index] !== undefined : segment === given[index],
    );
    return operation.method === method && pattern.length === given.length && fits;
  });
}

/**
 * Where a part really stands: itself, or what its `$ref` names.
 * @param pointer - a JSON pointer with its leading `#`
 * @throws Error when nothing is there
 */
export function followReference(document: OpenApiDocument, pointer: string): { value: unknown; pointer: string } {
  const value = valueAt(document, pointer);
  const reference = isRecord(value) ? value['$ref'] : undefined;
  return typeof reference === 'string' ? followReference(document, reference) : { value, pointer };
}

/** @throws Error when nothing is there */
export function valueAt(document: OpenApiDocument, pointer: string): unknown {
  let value: unknown = document;
  for (const segment of pointer.split('/').slice(1)) {
    const name = decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isRecord(value) || !Object.hasOwn(value, name)) throw new Error(`${pointer} is not there`);
    value = value[name];
  }
  return value;
}

/** A JSON pointer as a fragment of a URI. */
export function pointerOf(segments: readonly string[]): string {
  return ['#', ...segments.map((each) => encodeURIComponent(each.replaceAll('~', '~0').replaceAll('/', '~1')))].join(
    '/',
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
