import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canRun, startServerProcess } from '../../support/server-process.ts';
import { documentedProxy, EXAMPLE, withAddresses } from './deploy-document.ts';
import type { SiteAddresses, SiteProxy } from './documented-site.ts';

const COMMAND = ['/usr/sbin/apache2', '/usr/sbin/httpd'].find((command) => canRun(command, '-v'));
/** Where Debian and where Fedora put them. */
const MODULES = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules'].find((folder) => existsSync(folder));
/** Those that have no file there are built in. */
const NEEDED = [
  'mpm_event',
  'authz_core',
  'ssl',
  'socache_shmcb',
  'proxy',
  'proxy_http',
  'headers',
  'log_config',
  'unixd',
];
/** Apache asks the system for addresses, so that the API has to have a name that every system knows. */
const API_NAME = 'localhost';

export const apache: SiteProxy = {
  name: 'Apache',
  whyNot: COMMAND && MODULES ? undefined : 'there is no Apache; install the package apache2',
  apiName: API_NAME,
  start: (addresses) =>
    startServerProcess({
      command: COMMAND ?? 'apache2',
      args: (port) => {
        const file = join(addresses.folder, 'apache.conf');
        writeFileSync(file, configuration(addresses, port));
        return ['-f', file, '-DFOREGROUND'];
      },
    }),
};

/** All around the document's blocks is what an Apache needs in order to run, and what a site that serves Dataverse has already. */
function configuration(addresses: SiteAddresses, port: number): string {
  const { folder, certificates, bypassPort, dataverseUrl, apiPort } = addresses;
  const documented = documentedProxy('apache');
  const bypass = withAddresses(documented.bypass, [
    ['Listen 8443', `Listen 127.0.0.1:${bypassPort}`],
    ['*:8443', `127.0.0.1:${bypassPort}`],
    [EXAMPLE.certificate, certificates.certificate.path],
    [EXAMPLE.key, certificates.key.path],
    ['/var/log/httpd/', `${folder}/`],
    [EXAMPLE.dataverse, dataverseUrl],
  ]);
  const routes = withAddresses(documented.routes, [
    [EXAMPLE.apiName, `${API_NAME}:${apiPort}`],
    [EXAMPLE.authorities, certificates.authority.path],
  ]);
  const leadsRound = addresses.bypassLeadsThroughRoutes ?? false;
  const hosts = [port, ...(leadsRound ? [bypassPort] : [])].map((each) => `127.0.0.1:${each}`);
  // Whoever may not change users leaves the line out; root has to say as whom the work is done.
  const user = process.getuid?.() === 0 ? 'User nobody\nGroup nogroup' : '';
  return `ServerRoot ${folder}
ServerName ${EXAMPLE.siteName}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
${loadedModules()}
${user}
${leadsRound ? '' : bypass}
${hosts.map((host) => `Listen ${host}`).join('\n')}
<VirtualHost ${hosts.join(' ')}>
  ServerName ${EXAMPLE.siteName}
  SSLEngine On
  SSLCertificateFile ${certificates.certificate.path}
  SSLCertificateKeyFile ${certificates.key.path}
  ${routes}
  ProxyPreserveHost On
  RequestHeader set X-Forwarded-Proto "https"
  ProxyPass / ${dataverseUrl}/ nocanon
</VirtualHost>
`;
}

function loadedModules(): string {
  const lines = NEEDED.map((name) => [name, `${MODULES}/mod_${name}.so`] as const)
    .filter(([, file]) => existsSync(file))
    .map(([name, file]) => `LoadModule ${name}_module ${file}`);
  return lines.join('\n');
}
