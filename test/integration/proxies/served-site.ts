import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { ServerProcess } from '../../support/server-process.ts';
import { DRAFT_PID } from '../../support/upload-client.ts';
import { type ApiFront, startApiFront } from './api-front.ts';
import { makeCertificates } from './certificates.ts';
import { EXAMPLE } from './deploy-document.ts';
import type { SiteAddresses, SiteProxy } from './documented-site.ts';
import { startNameServer } from './name-server.ts';
import { type AskSite, createSiteClient } from './site-client.ts';
import { type SiteStack, startSiteStack } from './site-stack.ts';

export const SITE_URL = `https://${EXAMPLE.siteName}`;

/** An installation as docs/deploy.md describes it, on one machine: the site's proxy, Dataverse and the API behind it, and the bypass. */
export interface ServedSite {
  readonly stack: SiteStack;
  readonly api: ApiFront;
  /** Asks the site, through the proxy. */
  readonly ask: AskSite;
  /** Asks the bypass, as the functions do. */
  readonly askBypass: AskSite;
  /** Starts the proxy anew with the bypass leading through the routes. */
  leadBypassThroughRoutes(): Promise<AskSite>;
  remove(): Promise<void>;
}

/** Closes a part; the last one to start is the first. */
type Closing = () => Promise<void>;

/**
 * Starts it in this process, which can have one in its life.
 * @throws Error of the part that does not start; whatever had started is closed again
 */
export async function serveSite(proxy: SiteProxy): Promise<ServedSite> {
  const started: Closing[] = [];
  const remove = async () => {
    for (let close = started.pop(); close; close = started.pop()) await close();
  };
  try {
    return await startParts(proxy, started, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startParts(proxy: SiteProxy, started: Closing[], remove: () => Promise<void>): Promise<ServedSite> {
  const folder = await mkdtemp(join(tmpdir(), 'site-proxy-'));
  started.push(() => rm(folder, { recursive: true, force: true }));
  // A proxy that was started as root works as somebody else.
  await chmod(folder, 0o755);
  const certificates = await makeCertificates(folder, [EXAMPLE.siteName, proxy.apiName]);
  // The functions of this process check the bypass's certificate as they would anywhere.
  setDefaultCACertificates([...getCACertificates(), certificates.authority.text]);
  const bypassPort = await freePort();
  const stack = await startSiteStack(SITE_URL, `https://127.0.0.1:${bypassPort}`);
  started.push(stack.remove);
  const api = await startApiFront(stack.apiUrl, proxy.apiName, certificates);
  started.push(api.close);
  const names = await startNameServer();
  started.push(names.close);
  const addresses: SiteAddresses = {
    folder,
    certificates,
    bypassPort,
    dataverseUrl: stack.dataverseUrl,
    apiPort: api.port,
    nameServerPort: names.port,
  };
  let running: ServerProcess | undefined = await proxy.start(addresses);
  started.push(async () => running?.close());
  const clientFor = (port: number) => createSiteClient(SITE_URL, port, certificates);
  return {
    stack,
    api,
    ask: clientFor(portOf(running)),
    askBypass: clientFor(bypassPort),
    async leadBypassThroughRoutes() {
      await running?.close();
      running = undefined;
      running = await proxy.start({ ...addresses, bypassLeadsThroughRoutes: true });
      return clientFor(portOf(running));
    },
    remove,
  };
}

/** A Globus call of the draft dataset, whose persistent id has slashes. */
export function draftTarget(operation: string): string {
  return `/api/datasets/:persistentId/${operation}?persistentId=${DRAFT_PID}`;
}

/** The targets that reach the API while something is done. */
export async function reachingApi({ api }: ServedSite, action: () => Promise<unknown>): Promise<readonly string[]> {
  const before = api.received.length;
  await action();
  return api.received.slice(before).map(({ target }) => target);
}

function portOf({ url }: ServerProcess): number {
  return Number(new URL(url).port);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
