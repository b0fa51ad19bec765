import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COLLECTION, SOURCE_COLLECTION } from '../../support/builders.ts';
import { bytesAt, expectNothingHeld } from '../../support/clients/end-of-transfer.ts';
import { openRdmIntegration, type RdmCredential } from '../../support/clients/rdm-integration.ts';
import { uploadByRdm } from '../../support/clients/rdm-upload.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { S3_PID } from '../../support/seed-commands.ts';
import { eventually, listFiles } from '../../support/upload-client.ts';

/*
 * rdm-integration downloads (clients.md 4). It takes for granted that the paths it is told have a colon, as those of S3 stores have, whose bucket
 * it leaves out; so this is dataset 32, which it fills first.
 */

const CONTENT = 'kept in S3\n';
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess();
  const rdm = await openRdmIntegration(stack, 'API token', S3_PID);
  const checksum = { '@type': 'MD5', '@value': createHash('md5').update(CONTENT).digest('hex') };
  await uploadByRdm(stack, rdm, [{ directoryLabel: 'kept', fileName: 'kept.txt', content: CONTENT, checksum }]);
  await expectNothingHeld(stack, 32);
});
afterAll(() => stack?.remove());

/** As rdm-integration makes it: the path without the collection before it and without the bucket in its last part. */
function sourcePathOf(location: string): string {
  const [before = '', identifier] = location.split(':');
  if (identifier === undefined) throw new Error(`rdm-integration crashes over a location without a colon: ${location}`);
  return `${before.slice(before.indexOf('/'), before.lastIndexOf('/') + 1)}${identifier}`;
}

it.each<{ credential: RdmCredential; copy: string }>([
  { credential: 'API token', copy: '/rdm/by token.txt' },
  { credential: 'signed URL', copy: '/rdm/by signed URL.txt' },
])('by $credential ends with the bytes on the own collection, and with no rule', { timeout: 120_000 }, async (way) => {
  const [{ dataFile }] = await listFiles(stack, 32);
  const rdm = await openRdmIntegration(stack, way.credential, S3_PID);

  const principal = await rdm.principal();
  const allowed = await rdm.post('requestGlobusDownload', { principal, fileIds: [dataFile.id] });
  expect(allowed.body, JSON.stringify(allowed.body)).toMatchObject({ status: 'OK' });
  const location: string = allowed.body.data[dataFile.id];
  const name = dataFile.storageIdentifier.replace('s3g://', '');
  expect(name).toMatch(/^dv-bucket:/);
  expect(location).toBe(`${COLLECTION}/s3/10.5072/FK2/S3MANA/${name}`);

  const submission = await rdm.transfer('submission_id');
  const task = await rdm.transfer('transfer', {
    DATA_TYPE: 'transfer',
    submission_id: submission.body.value,
    source_endpoint: COLLECTION,
    destination_endpoint: SOURCE_COLLECTION,
    DATA: [
      {
        DATA_TYPE: 'transfer_item',
        source_path: sourcePathOf(location),
        destination_path: way.copy,
        recursive: false,
      },
    ],
    notify_on_succeeded: false,
    notify_on_failed: false,
  });
  expect(task.body).toMatchObject({ code: 'Accepted', task_id: expect.any(String) });

  const report = await rdm.post('monitorGlobusDownload', { taskIdentifier: task.body.task_id });
  expect(report.body, JSON.stringify(report.body)).toMatchObject({ status: 'OK' });

  const status = async () => (await rdm.transfer(`task/${task.body.task_id}`)).body.status;
  await eventually('Globus has copied the file', async () => (await status()) === 'SUCCEEDED');
  await expectNothingHeld(stack, 32);
  expect((await bytesAt(stack, SOURCE_COLLECTION, way.copy)).toString('utf8')).toBe(CONTENT);
});
