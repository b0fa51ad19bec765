/** A fault of a simulator that makes every call to it end so, as its control API takes it. */
export interface HostileReply {
  readonly case: string;
  readonly fault: Readonly<Record<string, unknown>>;
}

const PAGE = '<!doctype html><html><head><title>Sign in</title></head><body>Your session has expired.</body></html>';
const reply = (status: number, body: unknown) => ({ kind: 'reply', reply: { status, body } });

/** Answers that no Globus and no Dataverse in its right mind gives (T-25). None of them says anything that may be believed. */
export const HOSTILE_REPLIES: readonly HostileReply[] = [
  { case: 'a page of a proxy with 200', fault: reply(200, PAGE) },
  { case: 'nothing with 200', fault: reply(200, '') },
  { case: 'null', fault: reply(200, null) },
  { case: 'a list where an object belongs', fault: reply(200, []) },
  {
    case: 'members of the wrong type',
    fault: reply(200, {
      ...{
        status: 7,
        data: 'x',
        DATA: 'x',
        task_id: {},
        owner_id: [],
        access_token: 7,
        has_next_page: 'no',
        code: null,
      },
      ...{ id: {}, access_id: 7, message: [] },
    }),
  },
  { case: 'an unknown status in an empty document', fault: reply(200, { status: 'GONE', data: {}, DATA: [{}] }) },
  { case: 'five million bytes', fault: reply(200, { data: 'x'.repeat(5_000_000), DATA: 'y' }) },
  { case: 'a refusal without an author', fault: reply(403, PAGE) },
  { case: 'a page that is not found', fault: reply(404, PAGE) },
  { case: 'a page for who is not known', fault: reply(401, PAGE) },
  { case: 'an error page', fault: reply(500, PAGE) },
  { case: 'no answer but the end of the connection', fault: { kind: 'drop' } },
  { case: 'silence, and then the end of the connection', fault: { kind: 'hang', delayMilliseconds: 200 } },
].map((each) => ({ case: each.case, fault: { match: '.', times: null, ...each.fault } }));
