import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MANAGED_COLLECTION_ID as GUEST,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type Harness, type Json, startHarness, type TransferClient } from './globus-harness.ts';

let harness: Harness;
let researcher: TransferClient;
beforeAll(async () => {
  harness = await startHarness();
  researcher = await harness.login(RESEARCHER_ID);
});
afterAll(() => harness.close());

const item = (name: string): Json => ({
  DATA_TYPE: 'transfer_item',
  source_path: '/notes.txt',
  destination_path: `/hdc1/submitted/${name}`,
  recursive: false,
});
const document = (members: Json = {}): Json => ({
  DATA_TYPE: 'transfer',
  submission_id: randomUUID(),
  source_endpoint: PERSONAL,
  destination_endpoint: GUEST,
  DATA: [item(randomUUID())],
  ...members,
});
const submit = (members: Json, client = researcher) => client.call('POST', 'transfer', document(members));

describe('a submission', () => {
  it('is accepted with a task id, though the owner has no rule at the destination', async () => {
    const submissionId = (await researcher.get('submission_id')).body['value'];
    const reply = await submit({ submission_id: submissionId });
    expect(reply).toMatchObject({
      status: 202,
      body: {
        DATA_TYPE: 'transfer_result',
        code: 'Accepted',
        submission_id: submissionId,
        resource: '/transfer',
        task_link: { rel: 'related', resource: 'task', href: `/v0.10/task/${reply.body['task_id']}?format=json` },
      },
    });
    const task = await researcher.waitFor(String(reply.body['task_id']), (each) => Number(each['faults']) > 0);
    expect(task).toMatchObject({ status: 'ACTIVE', nice_status: 'PERMISSION_DENIED', is_ok: false });
  });

  it('sent again under the same submission id is the same task', async () => {
    const body = document();
    const first = await researcher.call('POST', 'transfer', body);
    const again = await researcher.call('POST', 'transfer', body);
    expect(again).toMatchObject({
      status: 202,
      body: { code: 'Duplicate', task_id: first.body['task_id'], submission_id: body['submission_id'] },
    });
  });

  it('over the paths of a running task is a conflict, until that task has ended', async () => {
    const DATA = [item('one'), item('two')];
    const first = await submit({ DATA });
    expect(await submit({ DATA: [...DATA].reverse() })).toMatchObject({ status: 409, body: { code: 'Conflict' } });
    await researcher.call('POST', `task/${first.body['task_id']}/cancel`);
    expect((await submit({ DATA })).status).toBe(202);
  });

  it.each([
    { case: 'no items', members: { DATA: [] }, status: 400, code: 'ClientError.BadRequest.NoTransferItems' },
    { case: 'no DATA', members: { DATA: undefined }, status: 400, code: 'ClientError.BadRequest.NoTransferItems' },
    { case: 'DATA that is no array', members: { DATA: {} }, status: 400, code: 'ClientError.BadRequest' },
    { case: 'another DATA_TYPE', members: { DATA_TYPE: 'delete' }, status: 400, code: 'ClientError.BadRequest' },
    { case: 'no submission id', members: { submission_id: undefined }, status: 400, code: 'ClientError.BadRequest' },
    {
      case: 'a submission id that is no UUID',
      members: { submission_id: 'x' },
      status: 400,
      code: 'ClientError.BadRequest',
    },
    {
      case: 'a flag that is no boolean',
      members: { verify_checksum: 'yes' },
      status: 400,
      code: 'ClientError.BadRequest',
    },
    { case: 'an unknown sync level', members: { sync_level: 4 }, status: 400, code: 'ClientError.BadRequest' },
    { case: 'a label with a line break', members: { label: 'a\nb' }, status: 400, code: 'ClientError.BadRequest' },
    {
      case: 'a label of 129 characters',
      members: { label: 'a'.repeat(129) },
      status: 400,
      code: 'ClientError.BadRequest',
    },
    { case: 'a deadline that is no time', members: { deadline: 'soon' }, status: 400, code: 'ClientError.BadRequest' },
    {
      case: 'an item without a destination',
      members: { DATA: [{ ...item('x'), destination_path: undefined }] },
      status: 400,
      code: 'ClientError.BadRequest',
    },
    {
      case: 'an item with ..',
      members: { DATA: [{ ...item('x'), source_path: '/../x' }] },
      status: 400,
      code: 'ClientError.BadRequest',
    },
    {
      case: 'an unknown collection',
      members: { source_endpoint: randomUUID() },
      status: 404,
      code: 'EndpointNotFound',
    },
  ])('with $case is refused with $code', async ({ members, status, code }) => {
    expect(await submit(members)).toMatchObject({ status, body: { code } });
  });

  it("from someone else's personal collection is refused", async () => {
    const second = await harness.login(SECOND_RESEARCHER_ID);
    expect(await submit({}, second)).toMatchObject({ status: 403, body: { code: 'PermissionDenied' } });
  });

  it('with a body that is no JSON is refused', async () => {
    expect(await researcher.call('POST', 'transfer', 'nonsense')).toMatchObject({
      status: 400,
      body: { code: 'ClientError.BadRequest' },
    });
  });

  it.each([
    { case: 'not asked for', members: {}, source: null, destination: null },
    { case: 'asked for', members: { store_base_path_info: true }, source: '/', destination: '/hdc1/submitted/' },
  ])('stores base paths only when asked: $case', async ({ members, source, destination }) => {
    const { body } = await submit(members);
    expect((await researcher.get(`task/${body['task_id']}`)).body).toMatchObject({
      source_base_path: source,
      destination_base_path: destination,
    });
  });
});
