import { randomUUID } from 'node:crypto';
import type { LocalClock } from '../../clock.ts';
import type { Database, Row } from './database.ts';
import { canonicalPath } from './paths.ts';

export type Permissions = 'r' | 'rw';
export const PRINCIPAL_TYPES = ['identity', 'group', 'all_authenticated_users', 'anonymous'] as const;
export type PrincipalType = (typeof PRINCIPAL_TYPES)[number];

/** One access rule as stored. */
export interface AccessRule {
  readonly id: string;
  readonly collectionId: string;
  readonly principalType: PrincipalType;
  /** Identity or group id; empty for the two open types. */
  readonly principal: string;
  /** As the client wrote it, with its slashes. */
  readonly path: string;
  /** The path without its last slash, for comparisons. */
  readonly canonicalPath: string;
  readonly permissions: Permissions;
  readonly createdAtMilliseconds: number;
  readonly expiresAtMilliseconds: number | null;
}

export type NewAccessRule = Omit<AccessRule, 'id' | 'createdAtMilliseconds' | 'canonicalPath'>;

/** All rules of all collections. Held in memory as well, since every piece of every file asks for them. */
export interface AccessRuleBook {
  /** Rules in force, oldest first; an expired one is gone. */
  list(collectionId: string): readonly AccessRule[];
  find(collectionId: string, ruleId: string): AccessRule | undefined;
  /** A rule of any collection, as an operator who works by hand sees it. */
  findAnywhere(ruleId: string): AccessRule | undefined;
  add(rule: NewAccessRule): AccessRule;
  change(rule: AccessRule, change: Partial<Pick<AccessRule, 'permissions' | 'expiresAtMilliseconds'>>): void;
  remove(rule: AccessRule): void;
}

/** Opens the rules stored in the database. */
export function openAccessRules(database: Database, clock: LocalClock): AccessRuleBook {
  const byCollection = new Map<string, Map<string, AccessRule>>();
  const rulesOf = (collectionId: string) => {
    const rules = byCollection.get(collectionId) ?? new Map<string, AccessRule>();
    byCollection.set(collectionId, rules);
    return rules;
  };
  for (const row of database.all('SELECT * FROM access_rules ORDER BY rowid')) {
    const rule = toRule(row);
    rulesOf(rule.collectionId).set(rule.id, rule);
  }

  const remove = (rule: AccessRule) => {
    database.run('DELETE FROM access_rules WHERE id = ?', rule.id);
    rulesOf(rule.collectionId).delete(rule.id);
  };
  const inForce = (rule: AccessRule | undefined) => {
    if (!rule || rule.expiresAtMilliseconds === null || rule.expiresAtMilliseconds > clock.nowMilliseconds())
      return rule;
    remove(rule);
    return undefined;
  };

  return {
    list: (collectionId) => [...rulesOf(collectionId).values()].filter((rule) => inForce(rule) !== undefined),
    find: (collectionId, ruleId) => inForce(rulesOf(collectionId).get(ruleId)),
    findAnywhere: (ruleId) =>
      inForce([...byCollection.values()].map((rules) => rules.get(ruleId)).find((rule) => rule !== undefined)),
    add(given) {
      const id = randomUUID();
      const createdAtMilliseconds = clock.nowMilliseconds();
      const rule = { ...given, id, createdAtMilliseconds, canonicalPath: canonicalPath(given.path) ?? given.path };
      database.run(
        'INSERT INTO access_rules VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        id,
        rule.collectionId,
        rule.principalType,
        rule.principal,
        rule.path,
        rule.permissions,
        createdAtMilliseconds,
        rule.expiresAtMilliseconds,
      );
      rulesOf(rule.collectionId).set(id, rule);
      return rule;
    },
    change(rule, change) {
      const changed = { ...rule, ...change };
      database.run(
        'UPDATE access_rules SET permissions = ?, expires_at_ms = ? WHERE id = ?',
        changed.permissions,
        changed.expiresAtMilliseconds,
        rule.id,
      );
      rulesOf(rule.collectionId).set(rule.id, changed);
    },
    remove,
  };
}

function toRule(row: Row): AccessRule {
  const path = String(row['path']);
  return {
    id: String(row['id']),
    collectionId: String(row['collection_id']),
    principalType: row['principal_type'] as PrincipalType,
    principal: String(row['principal']),
    path,
    canonicalPath: canonicalPath(path) ?? path,
    permissions: row['permissions'] as Permissions,
    createdAtMilliseconds: Number(row['created_at_ms']),
    expiresAtMilliseconds: row['expires_at_ms'] === null ? null : Number(row['expires_at_ms']),
  };
}
