import type { ServerProcess } from '../../support/server-process.ts';
import type { Certificates } from './certificates.ts';

/** Where everything is that a proxy connects. */
export interface SiteAddresses {
  /** For its configuration and whatever it writes. */
  readonly folder: string;
  readonly certificates: Certificates;
  readonly bypassPort: number;
  readonly dataverseUrl: string;
  readonly apiPort: number;
  /** Knows the API's name. */
  readonly nameServerPort: number;
  /** The mistake that section 4 of the document warns of: what should lead past the routes leads through them. */
  readonly bypassLeadsThroughRoutes?: boolean;
}

/** A program that can stand in front of Dataverse, configured by the document's own blocks. */
export interface SiteProxy {
  readonly name: string;
  /** Why it cannot be run here, and what to do about it; undefined when it can. */
  readonly whyNot: string | undefined;
  /** The name under which it finds the API. */
  readonly apiName: string;
  /** Starts it; its URL has the port of the site. */
  start(addresses: SiteAddresses): Promise<ServerProcess>;
}
