import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../adapter-parts.ts';
import { COLLECTION, type GlobusUnderTest, globusUnderTest, RULE, TASK } from './globus-under-test.ts';

let under: GlobusUnderTest;
beforeEach(async () => {
  under = await globusUnderTest();
});
afterEach(() => under.server.close());

const RULE_PATH = `/v0.10/endpoint/${COLLECTION}/access/${RULE}`;
const CALLS = [
  {
    call: 'the change of a rule',
    at: `PUT ${RULE_PATH}`,
    send: () => under.globus.updateAccessRule({ collectionId: COLLECTION, ruleId: RULE, permission: 'rw' }),
  },
  {
    call: 'the deletion of a rule',
    at: `DELETE ${RULE_PATH}`,
    send: () => under.globus.deleteAccessRule({ collectionId: COLLECTION, ruleId: RULE }),
  },
  {
    call: 'the cancelling of a task',
    at: 'POST /v0.10/endpoint_manager/admin_cancel',
    send: () => under.globus.cancelTask(COLLECTION, TASK, 'enough'),
  },
] as const;
const BODIES = [
  { said: 'null', body: 'null' },
  { said: 'a list', body: [] },
  { said: 'an object of somebody else', body: { status: 'OK' } },
  { said: 'members of the wrong type', body: { code: 7, done: 'yes' } },
  { said: 'a page', body: '<html>Sign in</html>' },
];

describe('a 200 that is not the result Globus gives', () => {
  it.each(CALLS.flatMap((each) => BODIES.map((body) => ({ ...each, ...body }))))(
    'is not taken for the success of $call: $said',
    async ({ at, send, body }) => {
      under.server.plan(at, { status: 200, body });
      expect((await errorOf(send())).name).toBe('UnavailableError');
    },
  );
});
