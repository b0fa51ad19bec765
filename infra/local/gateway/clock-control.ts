import type { LocalClock } from '../clock.ts';
import { type GatewayReply, messageReply } from './reply.ts';

/**
 * `/_control/clock` of the API port: GET reads the clock; POST moves it by `{"shiftSeconds": n}` or sets its distance from
 * the wall clock by `{"offsetSeconds": n}`. Only callers on this machine are heard.
 */
export function controlClock(clock: LocalClock, method: string, body: Buffer, sourceIp: string): GatewayReply {
  if (!isLoopback(sourceIp)) return messageReply(403, 'The clock is for callers on this machine.');
  if (method === 'POST') {
    const milliseconds = wantedShift(clock, body);
    if (milliseconds === undefined) {
      return messageReply(400, 'Expected {"shiftSeconds": <number>} or {"offsetSeconds": <number>}.');
    }
    clock.shift(milliseconds);
  } else if (method !== 'GET') {
    return messageReply(405, 'Expected GET or POST.');
  }
  const reading = {
    now: new Date(clock.nowMilliseconds()).toISOString(),
    offsetSeconds: clock.offsetMilliseconds() / 1000,
  };
  return {
    statusCode: 200,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify(reading)),
  };
}

function wantedShift(clock: LocalClock, body: Buffer): number | undefined {
  const given = parseRecord(body);
  const { shiftSeconds, offsetSeconds } = given;
  if (isSeconds(shiftSeconds) && offsetSeconds === undefined) return shiftSeconds * 1000;
  if (isSeconds(offsetSeconds) && shiftSeconds === undefined) {
    return offsetSeconds * 1000 - clock.offsetMilliseconds();
  }
  return undefined;
}

/** Dates end in the year 275760; a hundred years either way is far inside that. */
function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= 100 * 366 * 86_400;
}

function parseRecord(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\./.test(address) || address === '::1';
}
