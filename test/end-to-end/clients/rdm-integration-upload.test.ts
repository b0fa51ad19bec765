import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectNothingHeld } from '../../support/clients/end-of-transfer.ts';
import { openRdmIntegration, type RdmCredential } from '../../support/clients/rdm-integration.ts';
import { uploadByRdm } from '../../support/clients/rdm-upload.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { UPLOAD_PID } from '../../support/seed-commands.ts';
import { call, listFiles } from '../../support/upload-client.ts';

/* rdm-integration uploads (clients.md 4), with the bodies that it sends: restrict a boolean, categories null, checksum types of its own. */

let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess();
});
afterAll(() => stack?.remove());

const hashOf = (algorithm: string, content: string) => createHash(algorithm).update(content).digest('hex');

it.each<{ credential: RdmCredential; folder: string }>([
  { credential: 'API token', folder: 'by token' },
  { credential: 'signed URL', folder: 'by signed URL' },
])(
  'by $credential ends with its files in the dataset, and with no rule and no lock',
  { timeout: 120_000 },
  async ({ credential, folder }) => {
    const contents = [`first, ${credential}`, `second, ${credential}`] as const;
    const rdm = await openRdmIntegration(stack, credential, UPLOAD_PID);

    const identifiers = await uploadByRdm(stack, rdm, [
      {
        directoryLabel: folder,
        fileName: 'measured.csv',
        content: contents[0],
        checksum: { '@type': 'MD5', '@value': hashOf('md5', contents[0]) },
      },
      {
        directoryLabel: folder,
        fileName: 'from-git.txt',
        content: contents[1],
        checksum: { '@type': 'git-hash', '@value': hashOf('sha1', `blob ${contents[1].length}\0${contents[1]}`) },
      },
    ]);
    await expectNothingHeld(stack, 29);

    const listed = (await listFiles(stack)).filter((file) => file.directoryLabel === folder);
    const common = { restricted: false, categories: [] };
    expect(listed).toMatchObject([
      {
        label: 'from-git.txt',
        ...common,
        // Of a type that Dataverse does not know: Globus's own takes its place.
        dataFile: { storageIdentifier: identifiers[1], md5: hashOf('md5', contents[1]), filesize: contents[1].length },
      },
      {
        label: 'measured.csv',
        ...common,
        dataFile: { storageIdentifier: identifiers[0], md5: hashOf('md5', contents[0]), filesize: contents[0].length },
      },
    ]);
  },
);

it('leaves nothing in Dataverse by the probes of its signed URLs', async () => {
  expect((await call(`${stack.dataverseUrl}/_control/state`)).body.wouldHave).toEqual([]);
});
