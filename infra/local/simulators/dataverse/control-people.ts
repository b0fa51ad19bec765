import { randomUUID } from 'node:crypto';
import { signerNamed } from './authentication.ts';
import { privateUrlUserName } from './callers.ts';
import {
  type ControlBody,
  type ControlRoute,
  momentOrNull,
  numberIn,
  oneOf,
  textIn,
  textOrNull,
} from './control-body.ts';
import { existingDataset } from './control-datasets.ts';
import type { Installation } from './installation.ts';
import { signUrl } from './signed-urls.ts';
import type { UserChange } from './user-records.ts';
import type { DatasetPermission } from './world.ts';

/** Accounts with their credentials and permissions, private URLs, and launches of the transfer app. */
export function peopleControlRoutes(dataverse: Installation): ControlRoute[] {
  return [
    ['POST', '/users', (body) => changeUser(dataverse, body)],
    ['POST', '/bearer-tokens', (body) => setBearerToken(dataverse, body)],
    ['DELETE', '/bearer-tokens', (body) => dataverse.users.setBearerToken(textIn(body, 'token'), undefined)],
    ['POST', '/private-urls', (body) => makePrivateUrl(dataverse, body)],
    ['DELETE', '/private-urls', (body) => dataverse.privateUrls.remove(numberIn(body, 'datasetId'))],
    ['POST', '/launches', (body) => launch(dataverse, body)],
  ];
}

/** `{name, apiToken?, tokenExpiresAt?, tokenDisabled?, deactivated?, superuser?, permissions?: {<dataset id>: [...]}}`. */
function changeUser({ users }: Installation, body: ControlBody): void {
  const name = textIn(body, 'name');
  if (!users.byName(name)) throw new Error(`name: nobody is called ${name}`);
  const flag = (member: string) => (body[member] === true ? 1 : 0);
  const change: UserChange = {
    ...('apiToken' in body ? { apiToken: textOrNull(body, 'apiToken') } : {}),
    ...('tokenExpiresAt' in body ? { tokenExpiresAtMilliseconds: momentOrNull(body, 'tokenExpiresAt') } : {}),
    ...('tokenDisabled' in body ? { tokenDisabled: flag('tokenDisabled') } : {}),
    ...('deactivated' in body ? { deactivated: flag('deactivated') } : {}),
    ...('superuser' in body ? { superuser: flag('superuser') } : {}),
  };
  users.change(name, change);
  for (const [datasetId, permissions] of Object.entries((body['permissions'] as object | undefined) ?? {})) {
    users.setPermissions(name, Number(datasetId), permissions as DatasetPermission[]);
  }
}

/** `{token, user}`: a user of null leaves the token good but nobody's. */
function setBearerToken({ users }: Installation, body: ControlBody): void {
  const userName = textOrNull(body, 'user');
  if (userName !== null && !users.byName(userName)) throw new Error(`user: nobody is called ${userName}`);
  users.setBearerToken(textIn(body, 'token'), userName);
}

function makePrivateUrl(dataverse: Installation, body: ControlBody) {
  const { id: datasetId } = existingDataset(dataverse, numberIn(body, 'datasetId'));
  const token = randomUUID();
  dataverse.privateUrls.put({ datasetId, token, isAnonymized: body['anonymized'] === true });
  return { token, user: privateUrlUserName(datasetId) };
}

/**
 * What the web page does when somebody starts the transfer app (dataverse-api.md 3.4): the callback it hands over, signed
 * for five minutes, plain for guests; and for downloads the list of files behind a new download id.
 */
function launch(dataverse: Installation, body: ControlBody) {
  const direction = oneOf(body, 'direction', ['upload', 'download']);
  const datasetId = numberIn(body, 'datasetId');
  const user = textOrNull(body, 'user');
  const now = dataverse.clock.nowMilliseconds();
  const downloadId = direction === 'download' ? randomUUID() : undefined;
  if (downloadId) {
    const keptMinutes = dataverse.configuration.globusCacheMaxAgeMinutes + 5;
    const fileIds = (body['fileIds'] as number[] | undefined) ?? [];
    dataverse.downloads.set(downloadId, { fileIds, expiresAtMilliseconds: now + keptMinutes * 60_000 });
  }
  const name = direction === 'upload' ? 'globusUploadParameters' : 'globusDownloadParameters';
  const query = `locale=en${downloadId ? `&downloadId=${downloadId}` : ''}`;
  const baseUrl = `${dataverse.siteUrl}/api/v1/datasets/${datasetId}/${name}?${query}`;
  const key = user === null ? undefined : signerNamed(dataverse, user).key;
  const order = { baseUrl, timeOutMinutes: 5, user: user ?? '', httpMethod: 'GET' };
  const callbackUrl = key === undefined ? baseUrl : signUrl(order, key, now);
  const callback = Buffer.from(callbackUrl).toString('base64');
  return { callbackUrl, callback, ...(downloadId ? { downloadId } : {}) };
}
