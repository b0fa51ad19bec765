import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  MANAGED_COLLECTION_ID as GUEST,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type Harness, sha256, startHarness, type TransferClient, until } from './globus-harness.ts';

const DAY_MILLISECONDS = 86_400_000;

let harness: Harness;
let researcher: TransferClient;
beforeAll(async () => {
  harness = await startHarness();
  researcher = await harness.login(RESEARCHER_ID);
});
afterAll(() => harness.close());
afterEach(async () => {
  await harness.control('POST', 'bytes-per-second', { value: null });
  await researcher.call('GET', 'submission_id').then(async ({ status }) => {
    // Some tests move the clock past the life of a token.
    if (status === 401) researcher = await harness.login(RESEARCHER_ID);
  });
});

const slow = () => harness.control('POST', 'bytes-per-second', { value: 200_000 });
const isMoving = (task: Record<string, unknown>) => Number(task['bytes_transferred']) > 0;
const control = (taskId: string, act: string, body?: unknown) =>
  harness.control('POST', `tasks/${taskId}/${act}`, body);
const events = async (taskId: string, query = '') =>
  (await researcher.get(`task/${taskId}/event_list?limit=1000${query}`)).data.map((each) => each['code']);

/** A directory of its own on the guest collection, with a rule unless told otherwise. */
async function directory(name: string, permissions: 'r' | 'rw' | 'none' = 'rw') {
  mkdirSync(join(harness.stateDirectory, 'collections', GUEST, 'hdc1', name), { recursive: true });
  const path = `/hdc1/${name}/`;
  return { path, ruleId: permissions === 'none' ? undefined : await harness.grant(RESEARCHER_ID, path, permissions) };
}

describe('access rules during a task', () => {
  it('stop it in the middle of a file when they go, and let it finish when they are back', async () => {
    const { path, ruleId } = await directory('mid-task');
    await slow();
    const taskId = await researcher.submit([['/model/large.nc', `${path}large`]]);
    await researcher.waitFor(taskId, isMoving);
    await harness.control('DELETE', `rules/${ruleId}`);
    const held = await researcher.waitFor(taskId, (task) => Number(task['faults']) >= 2);
    expect(held).toMatchObject({
      status: 'ACTIVE',
      nice_status: 'PERMISSION_DENIED',
      nice_status_short_description: 'permission denied',
      is_ok: false,
      files_transferred: 0,
      subtasks_retrying: 1,
    });
    expect(await events(taskId, '&filter=is_error:1')).toContain('PERMISSION_DENIED');
    expect(await events(taskId, '&filter=is_error:1')).not.toContain('STARTED');
    await harness.control('POST', 'bytes-per-second', { value: null });
    await harness.grant(RESEARCHER_ID, path, 'rw');
    const done = await researcher.waitForStatus(taskId, 'SUCCEEDED');
    expect(Number(done['faults'])).toBeGreaterThanOrEqual(2);
    expect(sha256(harness.file(GUEST, `${path}large`))).toBe(sha256(harness.file(PERSONAL, '/model/large.nc')));
  });

  it.each([
    { case: 'a rule to read only at the destination', permissions: 'r' as const },
    { case: 'no rule at the destination', permissions: 'none' as const },
  ])('hold it up under $case', async ({ permissions }) => {
    const { path } = await directory(`denied-${permissions}`, permissions);
    const taskId = await researcher.submit([['/notes.txt', `${path}notes`]]);
    expect(await researcher.waitFor(taskId, (task) => Number(task['faults']) > 0)).toMatchObject({
      status: 'ACTIVE',
      nice_status: 'PERMISSION_DENIED',
    });
    await researcher.call('POST', `task/${taskId}/cancel`);
  });

  it('suffice to read with r', async () => {
    const { path } = await directory('to-read', 'r');
    writeFileSync(join(harness.stateDirectory, 'collections', GUEST, path, 'data'), 'readable');
    const taskId = await researcher.submit([[`${path}data`, '/downloaded']], {
      source_endpoint: GUEST,
      destination_endpoint: PERSONAL,
    });
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
    expect(harness.file(PERSONAL, '/downloaded').toString()).toBe('readable');
  });

  it('are needed for every directory a task makes above its file', async () => {
    await harness.grant(RESEARCHER_ID, '/hdc1/unmade/inner/', 'rw');
    const taskId = await researcher.submit([['/notes.txt', '/hdc1/unmade/inner/notes']]);
    expect(await researcher.waitFor(taskId, (task) => Number(task['faults']) > 0)).toMatchObject({
      nice_status: 'PERMISSION_DENIED',
    });
    mkdirSync(join(harness.stateDirectory, 'collections', GUEST, 'hdc1/unmade'));
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
  });
});

describe('a source that is missing', () => {
  it('is tried again until it is there', async () => {
    const { path } = await directory('missing');
    const taskId = await researcher.submit([['/not-yet', `${path}x`]]);
    expect(await researcher.waitFor(taskId, (task) => Number(task['faults']) > 0)).toMatchObject({
      nice_status: 'FILE_NOT_FOUND',
    });
    writeFileSync(join(harness.stateDirectory, 'collections', PERSONAL, 'not-yet'), 'here now');
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
    expect(harness.file(GUEST, `${path}x`).toString()).toBe('here now');
  });

  it('is skipped and listed under skip_source_errors', async () => {
    const { path } = await directory('skipping');
    const taskId = await researcher.submit(
      [
        ['/never-there', `${path}a`],
        ['/notes.txt', `${path}b`],
      ],
      { skip_source_errors: true },
    );
    expect(await researcher.waitForStatus(taskId, 'SUCCEEDED')).toMatchObject({
      files: 2,
      files_transferred: 1,
      files_skipped: 1,
      subtasks_skipped_errors: 1,
    });
    expect((await researcher.get(`task/${taskId}/skipped_errors`)).data).toMatchObject([
      { DATA_TYPE: 'skipped_error', error_code: 'FILE_NOT_FOUND', source_path: '/never-there', is_directory: false },
    ]);
    expect((await researcher.get(`task/${taskId}/successful_transfers`)).data).toMatchObject([
      { source_path: '/notes.txt' },
    ]);
  });

  it('fails the task when its day is over, with what was copied kept', async () => {
    const { path } = await directory('expiring');
    const taskId = await researcher.submit([
      ['/notes.txt', `${path}copied`],
      ['/never-there', `${path}missing`],
    ]);
    await researcher.waitFor(taskId, (task) => Number(task['faults']) > 0 && task['files_transferred'] === 1);
    // The copied file has pushed the deadline to 72 hours.
    harness.clock.shift(DAY_MILLISECONDS + 1000);
    researcher = await harness.login(RESEARCHER_ID);
    expect((await researcher.get(`task/${taskId}`)).body['status']).toBe('ACTIVE');
    harness.clock.shift(2 * DAY_MILLISECONDS);
    researcher = await harness.login(RESEARCHER_ID);
    expect(await researcher.waitForStatus(taskId, 'FAILED')).toMatchObject({
      fatal_error: { code: 'EXPIRED', description: 'expired' },
      files_transferred: 1,
      subtasks_expired: 1,
    });
    expect((await researcher.get(`task/${taskId}/successful_transfers`)).data).toMatchObject([
      { destination_path: `${path}copied` },
    ]);
  });

  it('expires after 24 hours when nothing was copied', async () => {
    const taskId = await researcher.submit([['/never-there', '/hdc1/expiring/none']]);
    await researcher.waitFor(taskId, (task) => Number(task['faults']) > 0);
    harness.clock.shift(DAY_MILLISECONDS + 1000);
    researcher = await harness.login(RESEARCHER_ID);
    expect(await researcher.waitForStatus(taskId, 'FAILED')).toMatchObject({ fatal_error: { code: 'EXPIRED' } });
  });
});

describe('a deadline', () => {
  it('set by the owner ends even a task that makes progress', async () => {
    const { path } = await directory('own-deadline');
    await slow();
    const taskId = await researcher.submit([['/model/large.nc', `${path}large`]]);
    const deadline = new Date(harness.clock.nowMilliseconds() + 3_600_000).toISOString();
    const put = await researcher.call('PUT', `task/${taskId}`, { DATA_TYPE: 'task', deadline, label: 'hurry' });
    expect(put).toMatchObject({ status: 200, body: { code: 'Updated' } });
    expect((await researcher.get(`task/${taskId}`)).body).toMatchObject({
      label: 'hurry',
      deadline: `${deadline.slice(0, 19)}+00:00`,
    });
    await harness.control('POST', 'bytes-per-second', { value: 1 });
    harness.clock.shift(3_601_000);
    expect(await researcher.waitForStatus(taskId, 'FAILED')).toMatchObject({ fatal_error: { code: 'EXPIRED' } });
    expect(await researcher.call('PUT', `task/${taskId}`, { label: 'late' })).toMatchObject({
      status: 409,
      body: { code: 'Conflict' },
    });
  });
});

describe('cancelling', () => {
  it('fails the task, keeps the list of copied files, and is said once', async () => {
    const { path } = await directory('cancelled');
    await slow();
    const taskId = await researcher.submit([
      ['/notes.txt', `${path}copied`],
      ['/model/large.nc', `${path}large`],
    ]);
    await researcher.waitFor(taskId, (task) => task['files_transferred'] === 1);
    expect(await researcher.call('POST', `task/${taskId}/cancel`)).toMatchObject({
      status: 200,
      body: { DATA_TYPE: 'result', code: 'Canceled', message: 'The task has been cancelled successfully.' },
    });
    expect((await researcher.get(`task/${taskId}`)).body).toMatchObject({
      status: 'FAILED',
      fatal_error: { code: 'CANCELED' },
      nice_status: null,
      subtasks_canceled: 1,
    });
    expect((await researcher.call('POST', `task/${taskId}/cancel`)).body['code']).toBe('TaskComplete');
    expect((await researcher.get(`task/${taskId}/successful_transfers`)).data).toMatchObject([
      { destination_path: `${path}copied` },
    ]);
    expect(await events(taskId)).toEqual(['CANCELED', 'STARTED']);
  });
});

describe('a task under the control interface', () => {
  it('stands still while paused and goes on when resumed', async () => {
    const { path } = await directory('paused');
    await slow();
    const taskId = await researcher.submit([['/model/large.nc', `${path}large`]]);
    await researcher.waitFor(taskId, isMoving);
    await control(taskId, 'pause');
    const paused = (await researcher.get(`task/${taskId}`)).body;
    expect(paused).toMatchObject({ status: 'ACTIVE', is_paused: true, completion_time: null });
    expect((await researcher.get(`task/${taskId}/pause_info`)).body).toMatchObject({
      DATA_TYPE: 'pause_info_limited',
      pause_rules: [],
    });
    await until(
      async () => (await harness.control('GET', 'state')).body['tasks'] as Record<string, unknown>[],
      (tasks) => tasks.some((each) => each['task_id'] === taskId && each['is_running'] === false),
    );
    await harness.control('POST', 'bytes-per-second', { value: null });
    await control(taskId, 'resume');
    expect(await researcher.waitForStatus(taskId, 'SUCCEEDED')).toMatchObject({ is_paused: false });
  });

  it('is INACTIVE until reactivated', async () => {
    const { path } = await directory('inactive');
    await slow();
    const taskId = await researcher.submit([['/model/large.nc', `${path}large`]]);
    await control(taskId, 'inactive');
    expect((await researcher.get(`task/${taskId}`)).body).toMatchObject({ status: 'INACTIVE', is_ok: false });
    await harness.control('POST', 'bytes-per-second', { value: null });
    await control(taskId, 'reactivate');
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
  });

  it('fails with the code it is told', async () => {
    await slow();
    const taskId = await researcher.submit([['/model/large.nc', '/hdc1/inactive/failed']]);
    await control(taskId, 'fail', { code: 'QUOTA_EXCEEDED', description: 'quota exceeded' });
    expect((await researcher.get(`task/${taskId}`)).body).toMatchObject({
      status: 'FAILED',
      fatal_error: { code: 'QUOTA_EXCEEDED', description: 'quota exceeded' },
    });
    expect((await control(taskId, 'pause')).status).toBe(400);
  });

  it('is unknown once forgotten', async () => {
    const taskId = await researcher.submit([['/notes.txt', '/hdc1/inactive/forgotten']]);
    await control(taskId, 'forget');
    expect(await researcher.get(`task/${taskId}`)).toMatchObject({
      status: 404,
      body: { code: 'ClientError.NotFound', message: `No task found with id '${taskId}'` },
    });
  });

  it('is misreported as often as asked, then truly again', async () => {
    const taskId = await researcher.submit([['/notes.txt', '/hdc1/inactive/misreported']]);
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
    await harness.control('POST', 'report-status', {
      taskId,
      document: { status: 'FAILED', owner_id: null },
      times: 2,
    });
    const seen = [];
    for (let reads = 0; reads < 3; reads += 1) seen.push((await researcher.get(`task/${taskId}`)).body['status']);
    expect(seen).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']);
  });
});

describe('the queue', () => {
  it('works on three tasks of an owner at once, and on the next when one ends', async () => {
    const { path } = await directory('queue');
    await slow();
    const taskIds: string[] = [];
    for (const name of ['a', 'b', 'c', 'd'])
      taskIds.push(await researcher.submit([['/model/large.nc', `${path}${name}`]]));
    const niceStatuses = () =>
      Promise.all(taskIds.map(async (id) => (await researcher.get(`task/${id}`)).body['nice_status']));
    // A task that an earlier test took away may still be putting its file aside.
    await until(niceStatuses, (statuses) => statuses[2] === 'OK');
    expect(await niceStatuses()).toEqual(['OK', 'OK', 'OK', 'Queued']);

    const second = await harness.login(SECOND_RESEARCHER_ID);
    const other = await second.submit([['/hdc1/test1.txt', '/hdc1/x']], { source_endpoint: GUEST });
    expect((await second.get(`task/${other}`)).body['nice_status']).not.toBe('Queued');
    await second.call('POST', `task/${other}/cancel`);

    await researcher.call('POST', `task/${taskIds[1]}/cancel`);
    await until(niceStatuses, (statuses) => statuses[3] === 'OK');
    await harness.control('POST', 'bytes-per-second', { value: null });
    for (const id of [taskIds[0], taskIds[2], taskIds[3]]) await researcher.waitForStatus(String(id), 'SUCCEEDED');
  });
});
