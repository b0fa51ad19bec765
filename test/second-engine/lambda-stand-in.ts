import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { LambdaFailure } from '../../infra/local/workflow-engine/errors.ts';

/** @throws LambdaFailure when the function itself failed */
export type Invoke = (functionName: string, payload: unknown) => Promise<unknown>;

/** Lambda's Invoke call on a loopback port, and nothing else of it. */
export interface LambdaStandIn {
  readonly port: number;
  close(): Promise<void>;
}

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/**
 * Answers Invoke as Lambda does: the reply as the body, and of a function that failed its error's name and message under the header
 * `X-Amz-Function-Error` (Lambda API reference, Invoke).
 */
export async function startLambdaStandIn(invoke: Invoke): Promise<LambdaStandIn> {
  const server = createServer((request, response) => {
    answer(invoke, request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(invoke: Invoke, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, functionName] = INVOCATIONS.exec(new URL(request.url ?? '', 'http://127.0.0.1').pathname) ?? [];
  if (request.method !== 'POST' || functionName === undefined) throw new Error(`not Invoke: ${request.url}`);
  const payload: unknown = JSON.parse(await text(request));
  const headers = { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' };
  try {
    const reply = await invoke(decodeURIComponent(functionName), payload);
    response.writeHead(200, headers).end(JSON.stringify(reply ?? null));
  } catch (error) {
    const errorType = error instanceof LambdaFailure ? error.errorName : 'Error';
    const errorMessage = error instanceof Error ? error.message : String(error);
    response.writeHead(200, { ...headers, 'x-amz-function-error': 'Unhandled' });
    response.end(JSON.stringify({ errorType, errorMessage, trace: [] }));
  }
}
