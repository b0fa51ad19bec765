import { type Grant, grants, type Permission } from '../../functions/access.ts';
import type { OutsideCall } from './call-recorder.ts';

/** The secrets of the local run by their names there. */
const SECRETS: Readonly<Record<string, Grant>> = {
  'globus-client': 'secret.globus',
  'dataverse-superuser': 'secret.dataverse-superuser',
  'dataverse-unblock-key': 'secret.dataverse-unblock-key',
  'url-signing': 'secret.url-signing',
};

/**
 * The grants that a call needs. Tokens and secrets are kept for a while, and one process runs all functions here: so a secret is needed for
 * what is sent with it, whoever fetched it.
 * @throws Error for a call that no grant allows, whoever makes it
 */
export function neededGrants(call: OutsideCall): readonly Grant[] {
  switch (call.service) {
    case 'DynamoDB': {
      const on = call.index ? 'open-transfers' : call.table;
      return [theOnlyOne(call, (permission) => permission.on === on && allows(permission, call))];
    }
    case 'Step Functions':
      return [theOnlyOne(call, ({ actions }) => actions.includes(`states:${call.action}`))];
    case 'Secrets': {
      const grant = SECRETS[call.secretName];
      if (!grant) throw new Error(`no grant is for the secret ${call.secretName}`);
      return [grant];
    }
    case 'Globus':
      return ['secret.globus'];
    case 'Dataverse':
      return [
        ...(call.actingAs === 'service' ? (['secret.dataverse-superuser'] as const) : []),
        ...(call.hasUnblockKey ? (['secret.dataverse-unblock-key'] as const) : []),
      ];
    case 'other':
      throw new Error(`nobody may call ${call.method} ${call.target}`);
  }
}

/** Each call is allowed by one grant: two would blur who needs which. */
function theOnlyOne(call: OutsideCall, fits: (permission: Permission) => boolean): Grant {
  const fitting = (Object.keys(grants) as Grant[]).filter((grant) => fits(grants[grant]));
  const [grant] = fitting;
  if (fitting.length !== 1 || !grant) throw new Error(`${fitting.length} grants allow ${JSON.stringify(call)}`);
  return grant;
}

type DynamoDbCall = Extract<OutsideCall, { readonly service: 'DynamoDB' }>;

function allows({ actions, partitionKeys = ['*'] }: Permission, { action, partitionKey }: DynamoDbCall): boolean {
  return actions.includes(`dynamodb:${action}`) && partitionKeys.some((pattern) => isLike(partitionKey, pattern));
}

/** IAM's StringLike, as far as it is used: a text, then perhaps an asterisk. */
function isLike(text: string, pattern: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
