import { destinationOf } from '../../infra/local/gateway/path-split.ts';
import { decodePath } from '../../infra/local/gateway/routes.ts';
import { operationAt, readOpenApi } from '../support/openapi-document.ts';
import { createReplyCheck } from '../support/openapi-replies.ts';
import { createBodyCheck } from '../support/openapi-requests.ts';
import { CANARIES, HOP } from './callers.ts';
import type { WireReply, WireRequest } from './fuzz-request.ts';

/** Says what is wrong with a reply. */
export interface Judge {
  /** Empty when nothing is. */
  faultsOf(request: WireRequest, reply: WireReply): readonly string[];
  /** Which operation of docs/openapi.yaml a request is for, or `none`. */
  operationOf(request: WireRequest): string;
}

/** Refusals for the moment that are right, each with its reason. Any other 503 is a fault. */
const TIMELY: readonly { readonly message: RegExp; readonly reason: string }[] = [
  {
    message: /taken over by another worker|being worked on|^This transfer is just moving on/,
    reason: 'the workflow, or another request, works on the same transfer',
  },
  {
    message: /^Access for this Globus identity is just being removed/,
    reason: 'the rule of a lease that is just over',
  },
  { message: /^The access rule is being changed by others/, reason: 'several grants and ends for one rule at once' },
  { message: /^Globus did not answer clearly whether access/, reason: 'another create call for the rule is open' },
  { message: /^The lease (of this \w+ )?is just ending/, reason: 'a report in the second in which the lease ends' },
  { message: /^Another upload into this dataset is just/, reason: 'two reports for one dataset at once' },
  { message: /^The lock of this dataset (is being|was) changed/, reason: 'two reports for one dataset at once' },
  { message: /^Too many requests for this dataset at once/, reason: 'several grants in one millisecond' },
  {
    message: /^This task is being reported by others|^Another report of th/,
    reason: 'two reports of one task at once',
  },
  { message: /^The claim on this task is being changed/, reason: 'two reports of one task at once' },
  {
    message: /^Globus may not list so new a task yet/,
    reason: 'release of a transfer whose task may be too new to be seen',
  },
  {
    message: /^This took longer than it may|^Globus does not answer, (so that the task cannot be checked|and )/,
    reason: 'a machine that is too busy for the limits of a function, or of a look at Globus',
  },
];

/** What only a fault of the program leaves in a reply. */
const TRACE = /\bat [^\n]{1,200}\.[jt]s:\d+:\d+|node:internal|TypeError|ReferenceError|\[object Object\]/;
/**
 * What Dataverse answers for a dataset of a store that is not ours passes as it came, its faults too: it answers malformed JSON with a 500
 * (dataverse-api.md 1.4), and the stand-in has no transfers of its own.
 */
const DATAVERSE_FAULT =
  /^\{"status":"ERROR",("code":500,"message":"Internal server error\. More details available at the server logs\."|"message":"All checks are passed\. This stand-in )/;
/** The one dataset of such a store, by its number or persistent id, however it is written. */
const NOT_OURS = /\/datasets\/31\/|REFERS/;

export function createJudge(): Judge {
  const document = readOpenApi();
  const check = createReplyCheck(document);
  const bodies = createBodyCheck(document);
  return {
    operationOf: ({ method, target }) =>
      operationAt(document, method, decodePath(pathOf(target)))?.operationId ?? 'none',
    faultsOf(request, reply) {
      const path = pathOf(request.target);
      const leaked = Object.values(CANARIES).filter((canary) => wholeOf(reply).includes(canary));
      const faults = leaked.map((canary) => `the reply holds ${canary}, which was sent as a credential`);
      if (destinationOf(decodePath(path)) !== 'api') return faults;
      if (reply.headers['apigw-requestid'] === undefined)
        return [...faults, `${reply.status} did not come from the gateway`];
      const contentType = reply.headers['content-type'] ?? null;
      const { status, body } = reply;
      return [
        ...faults,
        ...check.faultsOf({ method: request.method, path, status, contentType, body }),
        ...(TRACE.test(body) && !isDataversesOwn(request, reply)
          ? [`the reply shows the inside of the program: ${TRACE.exec(body)?.[0]}`]
          : []),
        ...(status === 200 && !NOT_OURS.test(decodePath(request.target)) ? bodies.faultsOf(takenBy(request)) : []),
        ...(status >= 500 ? unlessTimely(request, reply) : []),
      ];
    },
  };
}

function unlessTimely(request: WireRequest, { status, headers, body }: WireReply): readonly string[] {
  const wasHereBefore = request.headers.some(([name]) => name.toLowerCase() === HOP);
  if (status === 508) return wasHereBefore ? [] : ['508 without the header of a loop'];
  if (isDataversesOwn(request, { status, headers, body })) return [];
  if (status !== 503) return [`${status}: ${body.slice(0, 300)}`];
  if (!/^[1-9]\d*$/.test(headers['retry-after'] ?? '')) return ['a 503 without Retry-After'];
  const { message } = JSON.parse(body) as { message: string };
  return TIMELY.some((each) => each.message.test(message)) ? [] : [`a 503 for no known reason: ${message}`];
}

function isDataversesOwn({ target }: WireRequest, { status, body }: WireReply): boolean {
  return status === 500 && DATAVERSE_FAULT.test(body) && NOT_OURS.test(decodePath(decodePath(target)));
}

function takenBy({ method, target, body }: WireRequest) {
  return { method, path: decodePath(pathOf(target)), body: body?.toString('utf8') ?? '' };
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? '';
}

function wholeOf({ headers, body }: WireReply): string {
  return JSON.stringify(headers) + body;
}
