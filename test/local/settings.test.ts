import { describe, expect, it } from 'vitest';
import { InvalidSettingsError, parseLocalSettings } from '../../infra/local/settings.ts';

function faultsOf(environment: Record<string, string>): string[] {
  try {
    parseLocalSettings(environment);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidSettingsError)) throw error;
    return error.message.split('\n');
  }
}

describe('settings of the local run', () => {
  it('have defaults', () => {
    expect(parseLocalSettings({ PATH: '/bin', PORT: '' })).toEqual({
      apiPort: 8080,
      globusPort: 8081,
      dataversePort: 8082,
      stateDirectory: '.local',
      leaseSeconds: 300,
      sweepSeconds: 30,
      globusBytesPerSecond: undefined,
      productSettings: {},
    });
  });

  it('are read, and those of the product handed on as they are', () => {
    const environment = {
      PORT: '0',
      GLOBUS_PORT: '0',
      DATAVERSE_PORT: '0',
      STATE_DIR: 'a folder/x',
      LEASE_SECONDS: '1',
      GLOBUS_BYTES_PER_SECOND: '1000',
      MAX_FILES_PER_GRANT: 'not checked here',
      NO_TOKEN_POLICY: 'attention',
    };

    expect(parseLocalSettings(environment)).toEqual({
      apiPort: 0,
      globusPort: 0,
      dataversePort: 0,
      stateDirectory: 'a folder/x',
      leaseSeconds: 1,
      sweepSeconds: 30,
      globusBytesPerSecond: 1000,
      productSettings: { MAX_FILES_PER_GRANT: 'not checked here', NO_TOKEN_POLICY: 'attention' },
    });
  });

  it.each([
    ['PORT', '65536', 'a whole number from 0 to 65535, 0 for any free port', 'PORT=9080'],
    ['PORT', '-1', 'a whole number from 0 to 65535, 0 for any free port', 'PORT=9080'],
    ['GLOBUS_PORT', '80a', 'a whole number from 0 to 65535, 0 for any free port', 'GLOBUS_PORT=9081'],
    ['DATAVERSE_PORT', '8e3', 'a whole number from 0 to 65535, 0 for any free port', 'DATAVERSE_PORT=9082'],
    ['STATE_DIR', ' ', 'a path', 'STATE_DIR=.local'],
    ['LEASE_SECONDS', '0', 'a whole number from 1 to 86400', 'LEASE_SECONDS=300'],
    ['LEASE_SECONDS', '5m', 'a whole number from 1 to 86400', 'LEASE_SECONDS=300'],
    ['GLOBUS_BYTES_PER_SECOND', '1.5', 'a whole number from 1', 'GLOBUS_BYTES_PER_SECOND=1000000'],
  ])('are refused with rule and example: %s=%s', (name, value, rule, example) => {
    expect(faultsOf({ [name]: value })).toEqual([`${name}: expected ${rule}, got "${value}" (example: ${example})`]);
  });

  it('list all faults together', () => {
    const faults = faultsOf({ PORT: 'x', LEASE_SECONDS: 'y', GLOBUS_PROT: '1' });

    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['PORT', 'LEASE_SECONDS', 'GLOBUS_PROT']);
  });

  it.each([
    ['GLOBUS_PROT', 'GLOBUS_PORT'],
    ['StateDir', 'STATE_DIR'],
    ['LEASE_SECOND', 'LEASE_SECONDS'],
    ['lease_seconds', 'LEASE_SECONDS'],
    ['MAX_FILES_PER_GRANTS', 'MAX_FILES_PER_GRANT'],
  ])('refuse the near miss %s', (given, meant) => {
    expect(faultsOf({ [given]: '1' })).toEqual([expect.stringContaining(`${given}: expected the spelling ${meant}`)]);
  });

  it.each(['PORTS', 'HOST', 'STATE', 'GLOBUS_SDK_ENVIRONMENT', 'npm_config_port', 'SITE_URL'])(
    'do not mind the variable %s',
    (name) => {
      expect(faultsOf({ [name]: 'x' })).toEqual([]);
    },
  );

  it.each([
    ['PORT and GLOBUS_PORT', { PORT: '8081' }, 1],
    ['all three', { PORT: '1', GLOBUS_PORT: '1', DATAVERSE_PORT: '1' }, 2],
    ['free ports', { PORT: '0', GLOBUS_PORT: '0' }, 0],
  ])('do not share a port: %s', (_case, environment, faults) => {
    expect(faultsOf(environment)).toHaveLength(faults);
  });
});
