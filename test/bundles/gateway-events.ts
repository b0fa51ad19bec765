import { readFileSync } from 'node:fs';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** The event of an HTTP API for a function, as `test/fixtures/api-gateway` keeps it. */
export function gatewayEvent(functionName: string): APIGatewayProxyEventV2 {
  const file = new URL(`../fixtures/api-gateway/${functionName}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as APIGatewayProxyEventV2;
}

/**
 * The same event with other texts in its body, whose length is told anew.
 * @throws Error when a text to be replaced is not there
 */
export function withBodyTexts(
  event: APIGatewayProxyEventV2,
  replacements: Readonly<Record<string, string>>,
): APIGatewayProxyEventV2 {
  const encoding = event.isBase64Encoded ? 'base64' : 'utf8';
  let text = Buffer.from(event.body ?? '', encoding).toString('utf8');
  for (const [before, after] of Object.entries(replacements)) {
    if (!text.includes(before)) throw new Error(`the body has no ${before}`);
    text = text.replaceAll(before, after);
  }
  const body = Buffer.from(text);
  const headers = { ...event.headers, 'content-length': String(body.length) };
  return { ...event, headers, body: body.toString(encoding) };
}

/** The transfer that the events which name one were written with. */
const WRITTEN_TRANSFER = '29-18b49d3688c';

/** The event for another transfer: its id stands in the path. */
export function withTransfer(event: APIGatewayProxyEventV2, transferId: string): APIGatewayProxyEventV2 {
  return JSON.parse(JSON.stringify(event).replaceAll(WRITTEN_TRANSFER, transferId)) as APIGatewayProxyEventV2;
}
