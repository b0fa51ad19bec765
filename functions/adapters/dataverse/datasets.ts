import * as z from 'zod/mini';
import { parseDatasetId } from '../../domain/ids.ts';
import type { ActingAs, DatasetReference, Dataverse } from '../../ports/dataverse.ts';
import type { CallDataverse } from './dataverse-call.ts';
import { withQuery } from './query.ts';
import { dataIn } from './reply.ts';
import { versionDocument, versionNameOf } from './versions.ts';

const GUEST: ActingAs = { kind: 'guest' };
const SERVICE: ActingAs = { kind: 'service' };

const permissionsDocument = z.object({
  canEditDataset: z.boolean(),
  canPublishDataset: z.boolean(),
  canViewUnpublishedDataset: z.boolean(),
});

const datasetDocument = z.object({
  id: z.number(),
  protocol: z.string(),
  authority: z.string(),
  identifier: z.string(),
});

/** 6.9 and later name the driver in `name`, before that it is the message (dataverse-api.md 4.5). */
const storageDriverDocument = z.union([z.object({ name: z.string() }), z.object({ message: z.string() })]);

const fileListDocument = z.array(
  z.object({
    label: z.nullish(z.string()),
    dataFile: z.object({
      filename: z.nullish(z.string()),
      filesize: z.nullish(z.number()),
      storageIdentifier: z.nullish(z.string()),
    }),
  }),
);

type DatasetMethods = Pick<
  Dataverse,
  'datasetPermissions' | 'describeDataset' | 'storageDriver' | 'latestVersionName' | 'listFiles'
>;

/** The calls that read a dataset (dataverse-api.md 4.2, 4.3, 4.5, 4.11). */
export function createDatasetMethods(options: {
  readonly call: CallDataverse;
  readonly listMilliseconds: number;
}): DatasetMethods {
  const { call } = options;
  const read = (name: string, target: string, actingAs: ActingAs) =>
    call({ name, method: 'GET', target, actingAs, repeat: 'read' });

  return {
    async datasetPermissions(dataset, actingAs) {
      const target = datasetTarget(dataset, '/userPermissions');
      return dataIn(await read('datasetPermissions', target, actingAs), permissionsDocument, 'the dataset permissions');
    },

    async describeDataset(dataset, actingAs) {
      const result = await read('describeDataset', datasetTarget(dataset, ''), actingAs);
      const { id, protocol, authority, identifier } = dataIn(result, datasetDocument, 'the dataset');
      return { datasetId: parseDatasetId(id), protocol, authority, identifier };
    },

    async storageDriver(dataset) {
      // Open to everyone; parameter handlers ask it, and they may not read our superuser token (design, section 13).
      const result = await read('storageDriver', datasetTarget(dataset, '/storageDriver'), GUEST);
      const data = dataIn(result, storageDriverDocument, 'the store of the dataset');
      return 'name' in data ? data.name : data.message;
    },

    async latestVersionName(dataset, actingAs) {
      const target = withQuery(datasetTarget(dataset, '/versions/:latest'), { excludeFiles: 'true' });
      const result = await read('latestVersionName', target, actingAs);
      return versionNameOf(dataIn(result, versionDocument, 'the latest version of the dataset'));
    },

    async listFiles(datasetId) {
      // Without a limit the answer is everything at one moment; pages could shift under a registration that is still going on.
      const result = await call({
        name: 'listFiles',
        method: 'GET',
        target: `/api/v1/datasets/${datasetId}/versions/:latest/files`,
        actingAs: SERVICE,
        repeat: 'read',
        limitMilliseconds: options.listMilliseconds,
      });
      return dataIn(result, fileListDocument, `the files of dataset ${datasetId}`).map(({ label, dataFile }) => ({
        storageIdentifier: dataFile.storageIdentifier ?? '',
        sizeBytes: dataFile.filesize ?? -1,
        label: label ?? dataFile.filename ?? '',
      }));
    },
  };
}

/** The path of a dataset's resource, with the persistent id in the query as Dataverse wants it (dataverse-api.md 1.2). */
export function datasetTarget(dataset: DatasetReference, resource: string): string {
  if (dataset.kind === 'database-id') return `/api/v1/datasets/${dataset.datasetId}${resource}`;
  return withQuery(`/api/v1/datasets/:persistentId${resource}`, { persistentId: dataset.persistentId });
}
