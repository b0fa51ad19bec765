import {
  type ControlHandler,
  type ControlRoute,
  numberIn,
  numberOrNull,
  oneOf,
  textIn,
  textOrNull,
  timesIn,
} from './control-body.ts';
import type { Installation } from './installation.ts';

/** How the installation behaves: delays, errors, forms of answers, settings and limits. */
export function switchControlRoutes(dataverse: Installation): ControlRoute[] {
  const { switches } = dataverse;
  const post = (path: string, handler: ControlHandler): ControlRoute => ['POST', path, handler];
  return [
    post('/register-delay', (body) => {
      switches.millisecondsPerRegisteredFile = numberIn(body, 'millisecondsPerFile');
    }),
    post('/files/errors', (body) => {
      const [storageIdentifier, message] = [textIn(body, 'storageIdentifier'), textIn(body, 'message')];
      switches.fileErrors.push({ storageIdentifier, message, remaining: timesIn(body) });
    }),
    post('/add-files', (body) => {
      const mode = oneOf(body, 'mode', ['normal', 'fail-after-effect']);
      switches.failuresAfterAdding = mode === 'normal' ? 0 : timesIn(body);
    }),
    post('/storage-driver-form', (body) => {
      switches.storageDriverForm = oneOf(body, 'form', ['6.5', '6.9']);
    }),
    post('/monitor-download-form', (body) => {
      switches.monitorDownloadForm = oneOf(body, 'form', ['6.5', '6.6']);
    }),
    post('/upload-limits', (body) => {
      if ('datasetFileCountLimit' in body) {
        switches.datasetFileCountLimit = numberOrNull(body, 'datasetFileCountLimit');
      }
      if ('enabled' in body) switches.uploadLimitsEnabled = body['enabled'] === true;
    }),
    post('/bearer-auth', (body) => {
      switches.bearerAuthEnabled = body['enabled'] === true;
    }),
    post('/quota', (body) => setRemainingQuota(dataverse, numberOrNull(body, 'remainingBytes'))),
    post('/settings', (body) => dataverse.datasets.setSetting(textIn(body, 'name'), textOrNull(body, 'value'))),
    post('/globus-url', (body) => {
      dataverse.globusUrl = textOrNull(body, 'url') ?? undefined;
    }),
    post('/would-have/forget', () => {
      dataverse.wouldHave.length = 0;
    }),
  ];
}

/** The quota grows or shrinks, so that this much is left beside the files there are; null: no quota is defined. */
function setRemainingQuota({ quota, files }: Installation, remainingBytes: number | null): void {
  quota.allocate(remainingBytes === null ? null : remainingBytes + files.totalSizeBytes());
}
