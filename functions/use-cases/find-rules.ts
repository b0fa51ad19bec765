import type { AccessRuleKey } from '../domain/access-rule.ts';
import type { AccessRule } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';

/** The rules on the collection for exactly this path and principal: Globus allows one, by hand or ours. */
export async function findRules(ports: Pick<Ports, 'globus'>, key: AccessRuleKey): Promise<readonly AccessRule[]> {
  const rules = await ports.globus.listAccessRules(key.collectionId);
  return rules.filter(
    (rule) => rule.principalType === 'identity' && rule.principal === key.principal && rule.path === key.path,
  );
}
