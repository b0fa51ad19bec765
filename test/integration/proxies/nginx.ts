import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canRun, startServerProcess } from '../../support/server-process.ts';
import { documentedProxy, EXAMPLE, withAddresses } from './deploy-document.ts';
import type { SiteAddresses, SiteProxy } from './documented-site.ts';

/** Where Debian puts it, which is not on everybody's path. */
const COMMAND = ['/usr/sbin/nginx', 'nginx'].find((command) => canRun(command, '-v'));

export const nginx: SiteProxy = {
  name: 'nginx',
  whyNot: COMMAND === undefined ? 'there is no nginx; install the package nginx' : undefined,
  apiName: EXAMPLE.apiName,
  start: (addresses) =>
    startServerProcess({
      command: COMMAND ?? 'nginx',
      args: (port) => {
        const file = join(addresses.folder, 'nginx.conf');
        writeFileSync(file, configuration(addresses, port));
        return ['-c', file, '-p', addresses.folder, '-e', 'stderr'];
      },
    }),
};

/** All around the document's blocks is what an nginx needs in order to run, and what a site that serves Dataverse has already. */
function configuration(addresses: SiteAddresses, port: number): string {
  const { folder, certificates, bypassPort, dataverseUrl, apiPort, nameServerPort } = addresses;
  const documented = documentedProxy('nginx');
  const tls = [
    [EXAMPLE.certificate, certificates.certificate.path],
    [EXAMPLE.key, certificates.key.path],
  ] as const;
  const bypass = withAddresses(documented.bypass, [
    ...tls,
    ['listen 8443 ssl', `listen 127.0.0.1:${bypassPort} ssl`],
    ['/var/log/nginx/', `${folder}/`],
    [EXAMPLE.dataverse, dataverseUrl],
  ]);
  const routes = withAddresses(documented.routes, [
    ['resolver 10.0.0.2;', `resolver 127.0.0.1:${nameServerPort};`],
    [`${EXAMPLE.apiName};`, `${EXAMPLE.apiName}:${apiPort};`],
    [EXAMPLE.authorities, certificates.authority.path],
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const listens = addresses.bypassLeadsThroughRoutes ? [port, bypassPort] : [port];
  return `daemon off;
master_process off;
pid nginx.pid;
events {}
http {
  access_log off;
  ${temporary.map((each) => `${each}_temp_path ${each};`).join('\n  ')}
  ${addresses.bypassLeadsThroughRoutes ? '' : bypass}
  server {
    ${listens.map((each) => `listen 127.0.0.1:${each} ssl;`).join('\n    ')}
    server_name ${EXAMPLE.siteName};
    ssl_certificate ${certificates.certificate.path};
    ssl_certificate_key ${certificates.key.path};
    ${routes}
    location / {
      proxy_pass ${dataverseUrl};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`;
}
