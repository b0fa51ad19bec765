import * as z from 'zod/mini';
import type { ActingAs, Dataverse } from '../../ports/dataverse.ts';
import { datasetTarget } from './datasets.ts';
import type { CallDataverse } from './dataverse-call.ts';
import type { NoReply } from './http-exchange.ts';
import { type DataverseReply, dataIn } from './reply.ts';

const parametersDocument = z.object({
  queryParameters: z.object({
    managed: z.nullish(z.string()),
    fileSizeLimit: z.nullish(z.number()),
    remainingQuota: z.nullish(z.number()),
    referenceEndpointsWithPaths: z.nullish(z.array(z.string())),
  }),
});

const limitsDocument = z.object({
  uploadLimits: z.object({
    numberOfFilesRemaining: z.nullish(z.number()),
    storageQuotaRemaining: z.nullish(z.number()),
  }),
});

/** What holds for uploads into a dataset: Dataverse's limits, and where files may be referenced (dataverse-api.md 2.1, 4.7). */
export function createUploadTermMethods(options: {
  readonly call: CallDataverse;
}): Pick<Dataverse, 'uploadLimits' | 'referenceEndpoints'> {
  const read = (name: string, target: string, actingAs: ActingAs) =>
    options.call({ name, method: 'GET', target, actingAs, repeat: 'read' });

  return {
    async uploadLimits(datasetId, actingAs) {
      const dataset = { kind: 'database-id', datasetId } as const;
      const [parameters, limits] = await Promise.all([
        read('globusUploadParameters', datasetTarget(dataset, '/globusUploadParameters'), actingAs),
        read('uploadLimits', datasetTarget(dataset, '/uploadlimits'), actingAs),
      ]);
      // A store that Globus does not serve is answered with 400.
      const told = isRefusal(parameters, [400])
        ? undefined
        : dataIn(parameters, parametersDocument, `the upload parameters of dataset ${datasetId}`).queryParameters;
      // Before 6.9 there is no such call.
      const newer = isRefusal(limits, [400, 404])
        ? undefined
        : dataIn(limits, limitsDocument, `the upload limits of dataset ${datasetId}`).uploadLimits;
      return {
        fileSizeLimitBytes: told?.fileSizeLimit ?? null,
        remainingQuotaBytes: smaller(told?.remainingQuota ?? null, newer?.storageQuotaRemaining ?? null),
        remainingFiles: newer?.numberOfFilesRemaining ?? null,
      };
    },

    async referenceEndpoints(dataset) {
      const target = datasetTarget(dataset, '/globusUploadParameters');
      const result = await read('referenceEndpoints', target, { kind: 'service' });
      if (isRefusal(result, [400])) return undefined;
      const { queryParameters } = dataIn(result, parametersDocument, 'the places where files may be referenced');
      return queryParameters.managed === 'false' ? (queryParameters.referenceEndpointsWithPaths ?? []) : undefined;
    },
  };
}

/** Dataverse's own refusal with one of these statuses, not a proxy's page. */
function isRefusal(result: DataverseReply | NoReply, statuses: readonly number[]): boolean {
  return result.kind === 'reply' && statuses.includes(result.status) && result.message !== '';
}

function smaller(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
