import type { ActingAs } from '../ports/dataverse.ts';

/** What may stand in a header; a token of other characters is none of Dataverse's. */
const HEADER_VALUE = /^[\x21-\x7e]+$/;

/** The headers under which a caller's own token is good for any call of Dataverse's; none for callers without one. */
export function callerHeaders(actingAs: ActingAs | undefined): Readonly<Record<string, string>> {
  if ((actingAs?.kind === 'key' || actingAs?.kind === 'bearer') && !HEADER_VALUE.test(actingAs.token.reveal()))
    return {};
  switch (actingAs?.kind) {
    case 'key':
      return { 'x-dataverse-key': actingAs.token.reveal() };
    case 'bearer':
      return { authorization: `Bearer ${actingAs.token.reveal()}` };
    default:
      return {};
  }
}
