import { beforeEach, expect, it } from 'vitest';
import { asUserName } from '../../functions/domain/ids.ts';
import { Secret } from '../../functions/domain/secret.ts';
import type { ActingAs } from '../../functions/ports/dataverse.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import type { DataverseUnderContract } from './dataverse-under-contract.ts';

const GUEST: ActingAs = { kind: 'guest' };
const SERVICE: ActingAs = { kind: 'service' };

/** The part of the Dataverse contract that is about who a caller is. @param current - what is under test in the present test */
export function describeDataverseCredentials(current: () => DataverseUnderContract): void {
  let under: DataverseUnderContract;
  let editorKey: ActingAs;
  let editorUser: ActingAs;
  beforeEach(() => {
    under = current();
    editorKey = { kind: 'key', token: under.editor.token };
    editorUser = { kind: 'user', userName: under.editor.userName };
  });
  const dataset = () => ({ kind: 'database-id', datasetId: under.datasetId }) as const;
  const errorName = async (call: Promise<unknown>) => (await errorOf(call)).name;

  it('tells who a key belongs to, and who the service is', async () => {
    const { dataverse, editor, serviceUserName } = under;
    expect(await dataverse.whoIs(editorKey)).toEqual({ userName: editor.userName, isSuperuser: false });
    expect(await dataverse.whoIs(SERVICE)).toEqual({ userName: serviceUserName, isSuperuser: true });
    expect(await dataverse.serviceUserName()).toBe(serviceUserName);
  });

  it('tells who a bearer token belongs to, and lets them do what they may', async () => {
    const { dataverse, editor } = under;
    const bearer: ActingAs = { kind: 'bearer', token: await under.bearerOf(editor.userName) };
    expect(await dataverse.whoIs(bearer)).toEqual({ userName: editor.userName, isSuperuser: false });
    expect(await dataverse.datasetPermissions(dataset(), bearer)).toMatchObject({ canEditDataset: true });
  });

  it('knows neither a wrong key nor a wrong bearer token', async () => {
    await under.bearerOf(under.editor.userName);
    const token = new Secret('00000000-0000-4000-8000-00000000dead');
    expect(await errorName(under.dataverse.whoIs({ kind: 'key', token }))).toBe('UnauthenticatedError');
    expect(await errorName(under.dataverse.whoIs({ kind: 'bearer', token }))).toBe('UnauthenticatedError');
  });

  it('has no account for a guest, nor for the visitor of a private URL, who sees the draft all the same', async () => {
    const { dataverse } = under;
    const visitor: ActingAs = { kind: 'key', token: await under.privateUrl() };
    for (const nobody of [GUEST, visitor]) expect(await errorName(dataverse.whoIs(nobody))).toBe('NoAccountError');
    expect(await dataverse.datasetPermissions(dataset(), visitor)).toMatchObject({
      canViewUnpublishedDataset: true,
      canEditDataset: false,
    });
    expect((await dataverse.describeDataset(dataset(), visitor)).datasetId).toBe(under.datasetId);
    expect(await dataverse.latestVersionName(dataset(), visitor)).toBe(':draft');
  });

  it('cannot act as a user who has no token, nor as one nobody knows', async () => {
    const { dataverse, editor } = under;
    const nobody: ActingAs = { kind: 'user', userName: asUserName('nobody') };
    expect(await errorName(dataverse.datasetPermissions(dataset(), nobody))).toBe('UpstreamRefusedError');
    await under.removeToken(editor.userName);
    expect(await errorName(dataverse.datasetPermissions(dataset(), editorUser))).toBe('NoUserTokenError');
    expect(await errorName(dataverse.whoIs(editorKey))).toBe('UnauthenticatedError');
  });

  it('has Dataverse sign a URL that acts as the user, for as long as is asked', async () => {
    const { dataverse, editor, datasetId } = under;
    const target = `/api/v1/datasets/${datasetId}/versions/:draft/files?limit=5`;
    const [short, long] = [
      new URL(await dataverse.signedUrl(editor.userName, target, 5)),
      new URL(await dataverse.signedUrl(editor.userName, target, 600)),
    ] as const;
    const until = (url: URL) => Date.parse(`${url.searchParams.get('until')}Z`);
    expect(until(long) - until(short)).toBeGreaterThanOrEqual(595 * 60_000);
    expect(`${short.pathname}${short.search}`.startsWith(`${target}&until=`)).toBe(true);
    expect(short.searchParams.get('user')).toBe(editor.userName);
    const call = (signed: string) => dataverse.forward({ method: 'GET', target: signed, headers: {} });
    expect((await call(`${short.pathname}${short.search}`)).status).toBe(200);
    expect((await call(`${short.pathname}${short.search}0`)).status).toBe(401);
  });

  it('has no URL signed for a user without a token, nor for one nobody knows', async () => {
    const { dataverse, editor, datasetId } = under;
    const target = `/api/v1/datasets/${datasetId}/versions/:draft`;
    const sign = (userName: typeof editor.userName) => errorName(dataverse.signedUrl(userName, target, 5));
    expect(await sign(asUserName('nobody'))).toBe('UpstreamRefusedError');
    await under.removeToken(editor.userName);
    expect(await sign(editor.userName)).toBe('NoUserTokenError');
  });
}
