import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARCHER2_COLLECTION_ID as ARCHER2,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import type { CommandResult } from '../commands.ts';
import { tellSkipped } from '../prepared-folder.ts';
import { type GlobusCli, openGlobusCli, prepareGlobusCli } from './globus-cli.ts';

const prepared = await prepareGlobusCli();
if ('whyNot' in prepared) tellSkipped('the login of the Globus CLI', prepared.whyNot);

/** One person at one terminal; the tests go on where the one before has ended. */
describe.skipIf('whyNot' in prepared)('somebody at a terminal with the Globus CLI', { timeout: 120_000 }, () => {
  let stack: StackProcess;
  let cli: GlobusCli;

  beforeAll(async () => {
    stack = await startStackProcess();
    cli = await openGlobusCli('folder' in prepared ? prepared.folder : '', stack);
  });
  afterAll(async () => {
    await cli?.remove();
    await stack?.remove();
  });

  /** Opens the address that the CLI shows, chooses a person on the page, and types the code that the next page shows. */
  async function copyCode(shown: string): Promise<string | undefined> {
    const address = /http:\S+\/authorize\?\S+/.exec(shown)?.[0];
    if (address === undefined || !shown.includes('Enter the resulting Authorization Code')) return undefined;
    const page = await fetch(`${address}&login=${RESEARCHER_ID}`);
    const code = /<code id="auth-code">([^<]+)<\/code>/.exec(await page.text())?.[1];
    if (code === undefined) throw new Error(`the login page shows no code: ${page.status}`);
    return code;
  }
  const answerWithCode = (...args: readonly string[]): Promise<CommandResult> =>
    cli.runWith({ answer: copyCode }, ...args);

  it('is asked to log in: every command ends with 4 before', async () => {
    for (const args of [['whoami'], ['ls', `${PERSONAL}:/`]]) {
      const refused = await cli.run(...args);
      expect(refused.status).toBe(4);
      expect(refused.errors).toContain('globus login');
    }
  });

  it('logs in by copying a code from the page', async () => {
    const login = await answerWithCode('login', '--no-local-server');
    expect(login).toMatchObject({ status: 0 });
    expect(await cli.output('whoami')).toBe(`${RESEARCHER_ID}@clients.auth.globus.org\n`);
    expect(await cli.output('ls', `${PERSONAL}:/`)).toContain('rainfall.csv\n');
  });

  it('stays logged in when the access token has ended, by the refresh token', async () => {
    await fetch(`${stack.globusUrl}/_control/token-expiry`, { method: 'POST' });
    expect(await cli.output('ls', `${PERSONAL}:/`)).toContain('rainfall.csv\n');
  });

  it('is asked for consent by a mapped collection: the command ends with 4 and says how', async () => {
    const refused = await cli.run('ls', `${ARCHER2}:/`);
    expect(refused.status).toBe(4);
    expect(`${refused.output}${refused.errors}`).toContain('globus session consent');
    const scope = /globus session consent ['"]?([^\s'"]+)/.exec(`${refused.output}${refused.errors}`)?.[1] ?? '';
    expect(await answerWithCode('session', 'consent', '--no-local-server', scope)).toMatchObject({ status: 0 });
    expect(await cli.output('ls', `${ARCHER2}:/`)).toContain('archive/\n');
  });

  it('logs out, and is asked to log in again', async () => {
    expect((await cli.run('logout', '--yes', '--ignore-errors')).status).toBe(0);
    expect((await cli.run('ls', `${PERSONAL}:/`)).status).toBe(4);
  });
});
