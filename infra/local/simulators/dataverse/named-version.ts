import type { DatasetRecord, VersionRecord } from './dataset-records.ts';
import type { Call } from './installation.ts';
import { isAllowed, notPermittedMessage } from './lookups.ts';
import { ApiFailure } from './replies.ts';

/**
 * The version a path names, if the caller may see it; the order of the refusals is that of dataverse-api.md 4.3.
 * @throws ApiFailure 400, 401 or 404
 */
export function findVersion({ dataverse, caller, request }: Call, found: DatasetRecord): VersionRecord {
  const wanted = request.params['version'] ?? '';
  const versions = dataverse.datasets.versions(found.id);
  const maySeeDraft = isAllowed(dataverse, caller, found.id, 'ViewUnpublishedDataset');
  const numbered = /^(\d+)(?:\.(\d+))?$/.exec(wanted);
  let shown: VersionRecord | undefined;
  if (wanted === ':draft') {
    if (!maySeeDraft) throw new ApiFailure(401, notPermittedMessage(caller));
    shown = versions.find((each) => each.state === 'DRAFT');
  } else if (wanted === ':latest') {
    shown = versions.find((each) => maySeeDraft || each.state === 'RELEASED');
  } else if (wanted === ':latest-published') {
    shown = versions.find((each) => each.state === 'RELEASED');
  } else if (numbered) {
    const [major, minor] = [Number(numbered[1]), Number(numbered[2] ?? 0)];
    shown = versions.find((each) => each.major === major && each.minor === minor);
  } else {
    throw new ApiFailure(400, `Illegal version identifier '${wanted}'`);
  }
  if (!shown) throw new ApiFailure(404, `Dataset version ${wanted} of dataset ${found.id} not found`);
  return shown;
}
