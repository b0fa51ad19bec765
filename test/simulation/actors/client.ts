import type { HttpReply } from '../../../functions/http/reply.ts';
import { httpApi } from '../../../functions/manifest.ts';
import { anEvent, jsonDataForm } from '../../http/requests.ts';
import type { Simulation } from '../machinery/simulation.ts';
import type { Person } from '../machinery/site.ts';

/** A reply as its client sees it; status 0 when none ever came. */
export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the service said.
  readonly data: any;
  readonly message: string;
  readonly retryAfterSeconds: number;
}

/** What the gateway says when a function has not answered in its time (A12), and when it failed. */
const GATEWAY_SECONDS = 30;

export interface Request {
  readonly functionName: string;
  readonly datasetId?: string;
  readonly transferId?: string;
  readonly query?: string;
  readonly json?: unknown;
  /** The text of the part `jsonData` of a form. */
  readonly jsonData?: string;
  readonly idempotencyKey?: string;
  readonly contentless?: boolean;
}

/** Sends a request through the front door, as a person with a key, or as a guest. */
export function send(
  sim: Simulation,
  person: Pick<Person, 'key' | 'userName'> | undefined,
  request: Request,
): Promise<Reply> {
  const { functionName, datasetId = '', transferId = '' } = request;
  const route = httpApi.routes.find((each) => each.functionName === functionName);
  if (!route) throw new Error(`there is no route of ${functionName}`);
  const form = request.jsonData === undefined ? undefined : jsonDataForm(request.jsonData);
  const event = anEvent({
    method: route.method,
    path: `/api/v1${route.path.replace('{id}', datasetId).replace('{transferId}', transferId)}`,
    query: request.query ?? '',
    headers: {
      ...(person ? { 'x-dataverse-key': person.key } : {}),
      ...(request.idempotencyKey ? { 'idempotency-key': request.idempotencyKey } : {}),
      ...form?.headers,
    },
    ...(form ? { body: form.body } : request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
  });
  const pathParameters = { ...(datasetId ? { id: datasetId } : {}), ...(transferId ? { transferId } : {}) };
  const who = person?.userName ?? 'guest';
  sim.tell(
    who,
    () => `asks ${functionName} ${datasetId}${transferId} ${request.jsonData ?? JSON.stringify(request.json) ?? ''}`,
  );
  sim.stirred();
  return new Promise((resolve) => {
    let isOver = false;
    const answer = (reply: Reply) => {
      if (isOver) return;
      isOver = true;
      sim.schedule.callOff(impatience);
      sim.tell(who, () => `is answered ${reply.status} ${reply.message}`);
      resolve(reply);
    };
    const impatience = sim.schedule.after(GATEWAY_SECONDS * 1000, () => answer(failure(503, 'the gateway gave up')));
    sim.platform.run(functionName, { ...event, pathParameters }).then(
      (result) => {
        const reply = result as HttpReply;
        const body = reply.isBase64Encoded
          ? Buffer.from(reply.body ?? '', 'base64').toString('utf8')
          : (reply.body ?? '');
        const status = reply.statusCode ?? 200;
        sim.replied({
          functionName,
          status,
          body,
          request: { datasetId, body: request.jsonData ?? JSON.stringify(request.json) ?? '' },
        });
        if (sim.chance.happens(`reply of ${functionName} is lost`, sim.troubles.lostReplies)) {
          sim.schedule.after(5_000, () => answer(failure(0, 'the reply was lost')));
        } else answer(parsed(status, body, reply));
      },
      () => answer(failure(503, 'the function failed')),
    );
  });
}

function failure(status: number, message: string): Reply {
  return { status, data: undefined, message, retryAfterSeconds: 5 };
}

function parsed(status: number, body: string, reply: HttpReply): Reply {
  const { data, message = '' } = JSON.parse(body || '{}') as { data?: unknown; message?: string };
  return { status, data, message, retryAfterSeconds: Number(reply.headers?.['retry-after'] ?? 5) };
}
