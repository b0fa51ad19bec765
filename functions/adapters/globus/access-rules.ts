import * as transfer from '@globus/sdk/services/transfer';
import * as z from 'zod/mini';
import { asRuleId } from '../../domain/ids.ts';
import type { Globus } from '../../ports/globus.ts';
import type { Deadline } from '../system/retry-wait.ts';
import { ruleCreatedDocument, ruleListDocument, toAccessRules } from './documents.ts';
import { pathSegment } from './path-segment.ts';
import type { GlobusReply } from './reply.ts';
import {
  type CallTransfer,
  failureOf,
  isMissing,
  isSuccess,
  refusalIn,
  succeeded,
  unexpectedReply,
} from './transfer-call.ts';

const resultDocument = z.object({ code: z.string() });

type AccessRuleMethods = Pick<Globus, 'listAccessRules' | 'createAccessRule' | 'updateAccessRule' | 'deleteAccessRule'>;

/** The calls on access rules (globus-api.md 2.1). */
export function createAccessRuleMethods(options: {
  readonly call: CallTransfer;
  readonly newDeadline: () => Deadline;
  readonly createMilliseconds: number;
}): AccessRuleMethods {
  const { call, newDeadline } = options;
  return {
    async listAccessRules(collectionId) {
      const what = 'the list of access rules';
      const result = await call({
        name: 'listAccessRules',
        when: 'any-transient',
        collectionId,
        deadline: newDeadline(),
        send: (headers, sdk) => transfer.access.getAll(pathSegment(collectionId), { headers }, sdk),
      });
      const list = z.safeParse(ruleListDocument, succeeded(result, what).json).data;
      if (!list) throw unexpectedReply(what, 'it is no access_list');
      // Globus gives all rules in one answer; a list that says it is longer than what it holds is a part.
      const promised = Math.max(list.length ?? 0, list.total ?? 0);
      if (promised > list.DATA.length) throw unexpectedReply(what, `${list.DATA.length} of ${promised} rules came`);
      return toAccessRules(list);
    },

    async createAccessRule({ collectionId, path, principal, permission }) {
      const result = await call({
        name: 'createAccessRule',
        // Repeating after an unclear answer could find our own rule and take it for a foreign one.
        when: 'rate-limited-only',
        collectionId,
        deadline: newDeadline(),
        attemptMilliseconds: options.createMilliseconds,
        send: (headers, sdk) =>
          transfer.access.create(
            pathSegment(collectionId),
            {
              headers,
              // The SDK's type lacks DATA_TYPE, which the service documents as required (globus-api.md 2.1).
              payload: {
                DATA_TYPE: 'access',
                principal_type: 'identity',
                principal,
                path,
                permissions: permission,
              } as never,
            },
            sdk,
          ),
      });
      if (result.kind === 'none') {
        if (!result.wasSent) throw failureOf(result, 'the access rule');
        return { kind: 'unknown', reason: result.reason };
      }
      const created = isSuccess(result) ? z.safeParse(ruleCreatedDocument, result.json).data : undefined;
      if (created) return { kind: 'created', ruleId: asRuleId(created.access_id) };
      if (result.status === 409 && lastPart(result.code) === 'Exists') return { kind: 'exists' };
      if (result.status === 409 && lastPart(result.code) === 'LimitExceeded') return { kind: 'limit-exceeded' };
      if (refusalIn(result) || result.status === 429) throw failureOf(result, 'the access rule');
      return { kind: 'unknown', reason: `${result.status} ${result.code || 'without a usable body'}` };
    },

    async updateAccessRule({ collectionId, ruleId, permission }) {
      const what = 'the change of an access rule';
      const result = await call({
        name: 'updateAccessRule',
        when: 'any-transient',
        collectionId,
        deadline: newDeadline(),
        send: (headers, sdk) =>
          transfer.access.update(
            { endpoint_xid: pathSegment(collectionId), id: pathSegment(ruleId) },
            { headers, payload: { DATA_TYPE: 'access', permissions: permission } as never },
            sdk,
          ),
      });
      if (isMissing(result)) return 'missing';
      assertResult(succeeded(result, what), what);
      return 'updated';
    },

    async deleteAccessRule({ collectionId, ruleId }) {
      const what = 'the deletion of an access rule';
      const result = await call({
        name: 'deleteAccessRule',
        when: 'any-transient',
        collectionId,
        deadline: newDeadline(),
        send: (headers, sdk) =>
          transfer.access.remove(
            { endpoint_xid: pathSegment(collectionId), id: pathSegment(ruleId) },
            { headers },
            sdk,
          ),
      });
      if (isMissing(result)) return 'missing';
      assertResult(succeeded(result, what), what);
      return 'deleted';
    },
  };
}

/** A change is only done when Globus's own result says so: a 200 with anything else may be any proxy's (T-25). */
function assertResult({ json }: GlobusReply, what: string): void {
  if (!z.safeParse(resultDocument, json).success) throw unexpectedReply(what, 'it is no result');
}

/** Globus's codes are hierarchical: `ClientError.Exists` is an `Exists` (globus-api.md 3.1). */
function lastPart(code: string): string {
  return code.slice(code.lastIndexOf('.') + 1);
}
