import type { TransferId } from '../../functions/domain/ids.ts';
import { parseUploadReport, type UploadReport } from '../../functions/domain/report.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { acceptReport } from '../../functions/use-cases/accept-report.ts';
import type { GrantedPaths } from '../../functions/use-cases/grant-upload.ts';
import { CURATOR, DATASET, TASK } from './builders.ts';
import { SETTINGS, type World } from './world.ts';

/** The report of all granted files for a task. */
export function reportOf(paths: GrantedPaths, taskIdentifier: string = TASK): UploadReport {
  const files = paths.map(([storageIdentifier], index) => ({ storageIdentifier, fileName: `file${index}.txt` }));
  return parseUploadReport(JSON.stringify({ taskIdentifier, files }));
}

/** Reports all granted files as the curator. */
export function report(ports: Ports, paths: GrantedPaths, taskIdentifier: string = TASK): Promise<void> {
  return acceptReport(ports, SETTINGS, {
    datasetId: DATASET,
    datasetAsNamed: '29',
    userName: CURATOR,
    canPublish: true,
    report: reportOf(paths, taskIdentifier),
  });
}

/** Destination paths of a grant. */
export function destinations(paths: GrantedPaths): string[] {
  return paths.map(([, path]) => path);
}

/** The id of the only transfer of the world. */
export function onlyTransfer(world: World): TransferId {
  const [record, ...others] = world.ports.transfers.records();
  if (!record || others.length > 0) throw new Error('expected one transfer');
  return record.transferId;
}
