import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canRun } from '../../support/server-process.ts';
import { runCommand } from '../commands.ts';

/** A certificate for the servers of a test, and the authority that has signed it: each as text, and as the file where it is. */
export interface Certificates {
  readonly authority: PemFile;
  readonly certificate: PemFile;
  readonly key: PemFile;
}

export interface PemFile {
  readonly path: string;
  readonly text: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Why none can be made here, and what to do about it; undefined when they can. */
export function whyNoCertificates(): string | undefined {
  return canRun('openssl', 'version') ? undefined : 'there is no openssl; install the package openssl';
}

/**
 * Makes an authority and one certificate for all these names, good for two days.
 * @param folder - where the files go
 * @throws Error with what openssl said
 */
export async function makeCertificates(folder: string, names: readonly string[]): Promise<Certificates> {
  const at = (name: string) => join(folder, name);
  const authority = ['-keyout', at('authority.key'), '-out', at('authority.pem')];
  await openssl('req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=Authority of a test', ...authority);
  await openssl('req', ...NEW_KEY, '-subj', `/CN=${names[0]}`, '-keyout', at('server.key'), '-out', at('server.csr'));
  writeFileSync(at('names.txt'), `subjectAltName=${names.map((name) => `DNS:${name}`).join()}\n`);
  const signer = ['-CA', at('authority.pem'), '-CAkey', at('authority.key'), '-CAcreateserial', '-days', '2'];
  const signed = ['-in', at('server.csr'), '-extfile', at('names.txt'), '-out', at('server.pem')];
  await openssl('x509', '-req', ...signer, ...signed);
  const read = (name: string): PemFile => ({ path: at(name), text: readFileSync(at(name), 'utf8') });
  return { authority: read('authority.pem'), certificate: read('server.pem'), key: read('server.key') };
}

async function openssl(...args: readonly string[]): Promise<void> {
  const { status, errors } = await runCommand('openssl', args);
  if (status !== 0) throw new Error(`openssl ${args[0]} ended with ${status}: ${errors}`);
}
