import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataverse } from '../../functions/adapters/dataverse/dataverse.ts';
import { systemClock } from '../../functions/adapters/system/clock.ts';
import { systemRandomSource } from '../../functions/adapters/system/random-source.ts';
import { asUserName, parseDatasetId } from '../../functions/domain/ids.ts';
import { Secret } from '../../functions/domain/secret.ts';
import { createLocalClock } from '../../infra/local/clock.ts';
import { FIXTURE_WORLD } from '../../infra/local/simulators/dataverse/fixture.ts';
import { startDataverseSimulator } from '../../infra/local/simulators/dataverse/start.ts';
import { createAdapterParts } from '../adapters/adapter-parts.ts';
import { describeDataverseContract } from './dataverse.ts';
import type { DataverseUnderContract } from './dataverse-under-contract.ts';

/** A site behind a proxy that ends TLS: every signature covers a scheme and a host that nobody connects to. */
const SITE = 'https://dataverse.example.edu';
const UNBLOCK_KEY = 'an unblock key';

const adapters = [
  { name: 'the adapter, against the simulator of 6.5', form: '6.5', unblockKey: null },
  { name: 'the adapter, against the simulator of 6.9 with a fenced admin API', form: '6.9', unblockKey: UNBLOCK_KEY },
];

for (const { name, form, unblockKey } of adapters) {
  describeDataverseContract(name, async (): Promise<DataverseUnderContract> => {
    const stateDirectory = mkdtempSync(join(tmpdir(), 'dataverse-contract-'));
    const simulator = await startDataverseSimulator({
      port: 0,
      stateDirectory,
      clock: createLocalClock(),
      siteUrl: SITE,
      world: { ...FIXTURE_WORLD, unblockKey },
    });
    const control = async (path: string, body: object = {}): Promise<Record<string, unknown>> => {
      const init = { method: 'POST', body: JSON.stringify(body) };
      const reply = await fetch(`${simulator.url}/_control/${path}`, init);
      if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
      return (await reply.json()) as Record<string, unknown>;
    };
    await control('storage-driver-form', { form });
    const { log, secrets } = createAdapterParts({
      superuser: '99999999-9999-4999-8999-999999999999',
      unblock: UNBLOCK_KEY,
    });
    return {
      dataverse: createDataverse({
        connectUrl: simulator.url,
        siteUrl: SITE,
        superuserSecret: 'superuser',
        ...(unblockKey === null ? {} : { unblockKeySecret: 'unblock' }),
        secrets,
        clock: systemClock,
        random: systemRandomSource,
        log,
      }),
      datasetId: parseDatasetId('29'),
      persistentId: 'doi:10.5072/FK2/ILLPXE',
      storeId: 'globusm',
      editor: { userName: asUserName('curator'), token: new Secret('11111111-1111-4111-8111-111111111111') },
      reader: { userName: asUserName('reader'), token: new Secret('22222222-2222-4222-8222-222222222222') },
      serviceUserName: asUserName('dataverseAdmin'),
      removeToken: async (userName) => void (await control('users', { name: userName, apiToken: null })),
      lockAs: async (user, lockType) => void (await control('locks', { datasetId: 29, lockType, user })),
      async bearerOf(userName) {
        await control('bearer-auth', { enabled: true });
        await control('bearer-tokens', { token: `oidc-of-${userName}`, user: userName });
        return new Secret(`oidc-of-${userName}`);
      },
      privateUrl: async () => new Secret(String((await control('private-urls', { datasetId: 29 }))['token'])),
      publish: async () => void (await control('datasets/29/publish')),
      changeFile: async (fileId, { embargoEndsOn, retentionEndsOn, ...change }) =>
        void (await control(`files/${fileId}`, {
          ...change,
          ...(embargoEndsOn ? { embargo: { dateAvailable: embargoEndsOn, reason: 'a paper' } } : {}),
          ...(retentionEndsOn ? { retention: { dateUnavailable: retentionEndsOn, reason: 'a rule' } } : {}),
        })),
      removeFromDraft: async (fileId) => void (await control(`datasets/29/files/${fileId}/delete`)),
      async setLimits(limits) {
        const knowsNumberOfFiles = form === '6.9';
        const size = limits.fileSizeLimitBytes === null ? null : String(limits.fileSizeLimitBytes);
        await control('settings', { name: ':MaxFileUploadSizeInBytes', value: size });
        await control('quota', { remainingBytes: limits.remainingQuotaBytes });
        await control('upload-limits', {
          enabled: knowsNumberOfFiles,
          datasetFileCountLimit: limits.remainingFiles,
        });
        return knowsNumberOfFiles ? limits : { ...limits, remainingFiles: null };
      },
      referenceDataset: async () => ({
        dataset: { kind: 'database-id', datasetId: parseDatasetId('31') },
        places: ['d8c42580-6528-4605-9ad8-116a61982644/hdc1'],
      }),
      async close() {
        await simulator.close();
        await rm(stateDirectory, { recursive: true, force: true });
      },
    };
  });
}
