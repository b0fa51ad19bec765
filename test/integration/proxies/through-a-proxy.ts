import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CURATOR_KEY } from '../../support/upload-client.ts';
import { tellSkipped } from '../prepared-folder.ts';
import { testCarriedTransfers } from './carried-transfers.ts';
import { whyNoCertificates } from './certificates.ts';
import type { SiteProxy } from './documented-site.ts';
import { draftTarget, type ServedSite, serveSite } from './served-site.ts';
import { testWhatGoesWhere } from './what-goes-where.ts';

/** What must hold with a proxy in front of both that is configured as docs/deploy.md says. */
export function describeSiteBehind(proxy: SiteProxy): void {
  const whyNot = proxy.whyNot ?? whyNoCertificates();
  if (whyNot !== undefined) tellSkipped(`the site behind ${proxy.name}`, whyNot);

  describe.skipIf(whyNot !== undefined)(`the site behind ${proxy.name}`, { timeout: 120_000 }, () => {
    let site: ServedSite;

    beforeAll(async () => {
      site = await serveSite(proxy);
    });
    afterAll(() => site?.remove());

    testCarriedTransfers(() => site);
    testWhatGoesWhere(() => site);

    // The last one: there is no way back from it.
    it('answers 508 where the bypass leads through the routes', async () => {
      const askMistaken = await site.leadBypassThroughRoutes();
      const reply = await askMistaken(draftTarget('globusUploadParameters'), {
        headers: { 'X-Dataverse-key': CURATOR_KEY },
      });
      expect(reply).toMatchObject({ status: 508, body: { status: 'ERROR' } });
    });
  });
}
