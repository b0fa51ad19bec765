import {
  followReference,
  isRecord,
  type OpenApiDocument,
  operationAt,
  pointerOf,
  readOpenApi,
} from './openapi-document.ts';
import { type OpenApiSchemas, schemasOf } from './openapi-schemas.ts';

/** A reply of the API as a client got it. */
export interface SeenReply {
  readonly method: string;
  /** As sent: percent-encoded, without the query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
}

/** Holds replies against the document. */
export interface ReplyCheck {
  /** What the document does not allow in a reply, each in a sentence; empty when it is as described. */
  faultsOf(reply: SeenReply): readonly string[];
}

const OTHERWISE = '#/x-otherwise';

export function createReplyCheck(document: OpenApiDocument = readOpenApi()): ReplyCheck {
  const schemas = schemasOf(document);
  return { faultsOf: (reply) => faultsOf(document, schemas, reply) };
}

function faultsOf(document: OpenApiDocument, schemas: OpenApiSchemas, reply: SeenReply): readonly string[] {
  const { method, status } = reply;
  const operation = operationAt(document, method, decoded(reply.path));
  const where = operation?.pointer ?? OTHERWISE;
  const name = operation?.operationId ?? `${method} of a path without an operation`;
  const responses = operation?.responses ?? document['x-otherwise'].responses;
  if (!Object.hasOwn(responses, String(status))) return [`${name}: status ${status} is not documented`];
  const response = followReference(document, `${where}/responses/${status}`);
  // A HEAD's reply has no body, whatever its type.
  if (method === 'HEAD') return [];
  const content = isRecord(response.value) ? response.value['content'] : undefined;
  if (!isRecord(content)) return reply.body === '' ? [] : [`${name}: a ${status} has no body, but one came`];
  const type = (reply.contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!Object.hasOwn(content, type))
    return [`${name}: a ${status} is not documented as ${type || 'a body without type'}`];
  const value = parsed(reply.body);
  if (value === undefined) return [`${name}: the body of a ${status} is no JSON`];
  return schemas
    .faultsOf(`${response.pointer}/content/${pointerOf([type]).slice(2)}/schema`, value)
    .map((fault) => `${name}: the body of a ${status}: ${fault}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
