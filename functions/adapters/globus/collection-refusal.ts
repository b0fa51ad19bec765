import type { GlobusReply } from './reply.ts';

/** Last parts of a code that a repeat will not change: people have to act (globus-api.md 1.8, 2.2). */
const LASTING = ['PermissionDenied', 'LoginFailed', 'NotDirectory'];

/** Why a collection will refuse the same call again, whatever the status that Globus gives it; undefined when it may pass. */
export function lastingReason(reply: GlobusReply): string | undefined {
  if (!reply.code.startsWith('ExternalError.')) return undefined;
  if (LASTING.some((part) => reply.code.endsWith(`.${part}`))) return `${reply.code}, ${reply.message}`;
  if (/no such file or directory/i.test(reply.message)) return `${reply.code}, its parent does not exist`;
  return undefined;
}
