import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Engine } from './engine.ts';
import { ServiceError } from './errors.ts';
import { OPERATIONS, type OperationInput } from './operations.ts';

/** Step Functions takes requests of up to 1 MB; somewhat more is read so that the refusal can say so. */
const LARGEST_BODY_BYTES = 1_048_576;

const CONTENT_TYPE = 'application/x-amz-json-1.0';
const TARGET_PREFIX = 'AWSStepFunctions.';

/**
 * Step Functions over HTTP: POST / with `X-Amz-Target: AWSStepFunctions.<operation>` and JSON 1.0 both ways; errors are
 * `{__type, message}`. Signatures are not checked.
 */
export function createWireServer(engine: Engine): Server {
  return createServer((request, response) => {
    answer(engine, request).then(
      (body) => reply(response, 200, body),
      (error) => {
        const known = error instanceof ServiceError ? error : new ServiceError('InternalFailure', String(error), 500);
        reply(response, known.httpStatus, { __type: known.type, message: known.message });
      },
    );
  });
}

async function answer(engine: Engine, request: IncomingMessage): Promise<unknown> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : '';
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  const bodyText = await readBody(request);
  if (request.method !== 'POST' || !operation) {
    throw new ServiceError('UnknownOperationException', `No operation "${target}" is served here.`);
  }
  return operation(engine, parseBody(bodyText));
}

function parseBody(text: string): OperationInput {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as OperationInput;
  } catch {
    // Said below, with the other shapes that are no JSON object.
  }
  throw new ServiceError('SerializationException', 'The body is not a JSON object.');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    if (sizeBytes <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  if (sizeBytes > LARGEST_BODY_BYTES) {
    throw new ServiceError('RequestEntityTooLargeException', `The body is over ${LARGEST_BODY_BYTES} bytes.`, 413);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': CONTENT_TYPE });
  response.end(JSON.stringify(body));
}
