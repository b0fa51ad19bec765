import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVirtualUpload, type VirtualUpload } from '../support/virtual-upload.ts';

let download: VirtualUpload;

beforeEach(async () => {
  download = await openVirtualUpload('download');
});

afterEach(() => download.close());

describe('an execution of the transfer workflow for a download', () => {
  it.each([
    { case: 'a minute', seconds: 60, most: 60, within: 20 },
    { case: 'an hour', seconds: 3_600, most: 70, within: 75 },
    { case: 'a day', seconds: 86_400, most: 70, within: 75 },
    { case: '90 days', seconds: 90 * 86_400, most: 180, within: 75 },
  ])('of $case takes at most $most transitions, and no access is left $within s after its end', async (row) => {
    const { world, rig } = download;
    const outcome = await download.uploadOf(row.seconds);
    expect(outcome.status).toBe('SUCCEEDED');
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED', outcome: { status: 'SUCCEEDED' } }]);
    expect(world.globus.rules).toEqual([]);
    expect(outcome.transitionCount).toBeLessThanOrEqual(row.most);
    const released = rig.calls.find((call) => call.name === 'release-access-rule');
    const waited = (released?.atMilliseconds ?? Number.POSITIVE_INFINITY) / 1_000 - download.taskEndsAfterSeconds;
    expect(waited).toBeGreaterThanOrEqual(0);
    expect(waited).toBeLessThanOrEqual(row.within);
  });

  it('goes from the release to the close, and never to registration', async () => {
    await download.uploadOf(60);
    const called = download.rig.calls.map((call) => call.name);
    expect(called).not.toContain('register-files');
    expect(called.slice(called.indexOf('release-access-rule') + 1)).toEqual(['close-transfer', 'close-transfer']);
  });
});
