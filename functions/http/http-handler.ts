import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { ExpectedError, ProxyLoopError } from '../domain/errors.ts';
import { HOP_HEADER } from '../ports/dataverse.ts';
import { type Application, application } from '../wiring.ts';
import { type HttpRequest, readHttpEvent } from './http-request.ts';
import { assertCarried, errorReply, type HttpReply } from './reply.ts';

/** One endpoint: parse, authorise, call, reply. Errors become replies here, and nowhere else. */
export type Operation = (app: Application, request: HttpRequest) => Promise<HttpReply>;

/** Wraps an operation as a Lambda handler: proxy loops are cut, errors turned into Dataverse's envelope, one log line a call. */
export function httpHandler(functionName: string, operation: Operation) {
  return middy<APIGatewayProxyEventV2, HttpReply>()
    .use(cutProxyLoop())
    .use(errorsToReplies(functionName))
    .handler(async (event: APIGatewayProxyEventV2, context: Context): Promise<HttpReply> => {
      const app = await application();
      const request = readHttpEvent(event);
      const facts = { requestId: request.requestId, function: functionName };
      const reply = await operation(app.forRequest(facts, context.getRemainingTimeInMillis()), request);
      assertCarried(reply);
      app.ports.log.info('request', {
        requestId: request.requestId,
        function: functionName,
        status: reply.statusCode ?? 200,
      });
      return reply;
    });
}

/** A request that we ourselves sent to Dataverse must never come back to us (design section 7). */
function cutProxyLoop(): middy.MiddlewareObj<APIGatewayProxyEventV2, HttpReply> {
  return {
    before: ({ event }) => {
      const cameFromUs = Object.keys(event.headers).some((name) => name.toLowerCase() === HOP_HEADER);
      if (cameFromUs) {
        throw new ProxyLoopError(
          'This request went round in a circle: DATAVERSE_URL leads back to the Globus functions instead of to Dataverse.',
        );
      }
    },
  };
}

function errorsToReplies(functionName: string): middy.MiddlewareObj<APIGatewayProxyEventV2, HttpReply> {
  return {
    onError: async (request) => {
      const { error, event } = request;
      const { requestId } = event.requestContext;
      const reply = errorReply(error, requestId);
      request.response = reply;
      const app = await application().catch(() => undefined);
      const facts = { requestId, function: functionName, status: reply.statusCode, error };
      if (error instanceof ExpectedError) app?.ports.log.info('request-refused', { ...facts, ...error.details });
      else app?.ports.log.error('request-failed', facts);
    },
  };
}
