import { vi } from 'vitest';

/**
 * Lets AWS clients that are made from the environment find one service on this machine, and nothing that a shell has set for others, such as
 * a profile; until `vi.unstubAllEnvs`.
 * @param service - as the SDK names its setting, such as `DYNAMODB`
 */
export function stubAwsEnvironment(service: string, url: string): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, url);
  vi.stubEnv('AWS_REGION', 'local');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
}
