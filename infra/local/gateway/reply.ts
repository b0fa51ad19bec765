/** What goes back over the wire. A header may repeat, as `set-cookie` does. */
export interface GatewayReply {
  readonly statusCode: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** An answer of the gateway itself, in the words of HTTP APIs. */
export function messageReply(statusCode: number, message: string): GatewayReply {
  return {
    statusCode,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/**
 * Reads a function's result by the rules of payload format 2.0: an object with `statusCode` is a full answer; any other
 * value is the body of a 200 in JSON. A result that API Gateway could not use gives its 500.
 */
export function toGatewayReply(result: unknown): GatewayReply {
  if (!isRecord(result) || !('statusCode' in result)) {
    const text = typeof result === 'string' ? result : JSON.stringify(result);
    return { statusCode: 200, headers: [['content-type', 'application/json']], body: Buffer.from(text) };
  }
  const { statusCode, body } = result;
  const isUsable =
    Number.isInteger(statusCode) && Number(statusCode) >= 200 && Number(statusCode) <= 599 && isBody(body);
  const headers = isRecord(result['headers']) ? Object.entries(result['headers']) : [];
  if (!isUsable || headers.some(([, value]) => typeof value === 'object')) {
    return messageReply(500, 'Internal Server Error');
  }
  const pairs = headers.map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  const cookies = Array.isArray(result['cookies']) ? result['cookies'] : [];
  const bytes = Buffer.from(body ?? '', result['isBase64Encoded'] === true ? 'base64' : 'utf8');
  const hasType = pairs.some(([name]) => name === 'content-type');
  return {
    statusCode: Number(statusCode),
    headers: [
      ...pairs,
      ...(hasType || bytes.length === 0 ? [] : [['content-type', 'text/plain;charset=UTF-8'] as const]),
      ...cookies.map((cookie) => ['set-cookie', String(cookie)] as const),
    ],
    body: bytes,
  };
}

function isBody(body: unknown): body is string | undefined | null {
  return body === undefined || body === null || typeof body === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
