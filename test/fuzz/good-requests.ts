import fc from 'fast-check';
import { CURATOR_KEY, SERVICE_KEY } from '../support/upload-client.ts';
import { oddHeader } from './callers.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import { mutant, toJsonText } from './nasty-values.ts';

/** A request that good clients send, whose parts belong together: without such ones nothing made up gets past the first checks. */
interface GoodRequest {
  readonly path: string;
  readonly body: unknown;
  readonly key: string;
}

const PRINCIPALS = ['d15d4244-fc10-47f3-a790-85bdb6db9a75', 'd15d4244-fc10-47f3-a790-85bdb6db9a76'];

const byCurator = (path: string, body: unknown): GoodRequest => ({ path, body, key: CURATOR_KEY });
const byOperator = (path: string, body: unknown): GoodRequest => ({ path, body, key: SERVICE_KEY });

/** The number picks one of the uploads and downloads that really ran lately (known-things.ts). */
const GOOD: readonly ((number: number, principal: string) => GoodRequest)[] = [
  (number, principal) =>
    byCurator(`/api/datasets/${[29, 30, 32][number % 3]}/requestGlobusUploadPaths`, {
      principal,
      numberOfFiles: 1 + (number % 3),
    }),
  (number) =>
    byCurator(`/api/v1/datasets/«upload-dataset:${number}»/addGlobusFiles`, {
      taskIdentifier: `«upload-task:${number}»`,
      files: [{ storageIdentifier: `«upload-identifier:${number}»`, fileName: `«upload-transfer:${number}».bin` }],
    }),
  (number, principal) =>
    byCurator('/api/datasets/30/requestGlobusDownload', { principal, fileIds: [[60], [61], [60, '61']][number % 3] }),
  (number) => byCurator('/api/datasets/30/monitorGlobusDownload', { taskIdentifier: `«download-task:${number}»` }),
  (number) =>
    byCurator(`/api/globus/transfers/«upload-transfer:${number}»/retry`, { taskIdentifier: `«upload-task:${number}»` }),
  (number) => byOperator(`/api/globus/transfers/«upload-transfer:${number}»/retry`, {}),
  (number) => byCurator(`/api/globus/transfers/«upload-transfer:${number}»/cancel`, {}),
  (number) => byOperator(`/api/globus/transfers/«transfer:${number}»/release`, {}),
  (number) =>
    byOperator('/api/globus/leftovers/delete', {
      datasetId: [29, 30, 32][number % 3],
      dryRun: number % 2 === 0,
      ...(number % 4 < 2 ? {} : { storageIdentifiers: [`«upload-identifier:${number}»`] }),
    }),
];

/** A good request as it should be, or with one thing changed. */
export const goodRequest: fc.Arbitrary<FuzzRequest> = fc
  .tuple(fc.constantFrom(...GOOD), fc.nat(7), fc.constantFrom(...PRINCIPALS))
  .chain(([make, number, principal]) => {
    const { path, body, key } = make(number, principal);
    const changed = fc.oneof(
      { weight: 3, arbitrary: fc.constant(body) },
      { weight: 1, arbitrary: fc.constant(body).chain(mutant) },
    );
    const more = fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: oddHeader.map((each) => [each]) },
    );
    return fc.tuple(changed, more).map(([value, headers]): FuzzRequest => {
      const text = toJsonText(value);
      const isForm = path.endsWith('/addGlobusFiles');
      return {
        method: 'POST',
        target: path,
        edits: [],
        headers: [
          ['X-Dataverse-key', key],
          ['Content-Type', isForm ? 'multipart/form-data; boundary=b0' : 'application/json'],
          ...headers,
        ],
        body: isForm ? `--b0\r\nContent-Disposition: form-data; name="jsonData"\r\n\r\n${text}\r\n--b0--\r\n` : text,
      };
    });
  });
