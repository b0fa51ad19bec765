import { FIXTURE_WORLD } from '../local/simulators/dataverse/fixture.ts';
import { fixtureWorld } from '../local/simulators/globus/fixture.ts';

/** Keys, identities and collections of the local run: everybody knows them (design section 9). In small letters. */
const LOCAL_VALUES = new Set(
  [
    ...fixtureWorld.identities.flatMap(({ id, clientSecret }) => [id, clientSecret]),
    ...fixtureWorld.collections.map(({ id }) => id),
    ...FIXTURE_WORLD.users.map(({ apiToken }) => apiToken),
    ...FIXTURE_WORLD.stores.map(({ globusToken }) => globusToken),
    FIXTURE_WORLD.signingSecret,
  ].flatMap((value) => value?.toLowerCase() ?? []),
);

/** What stands in `deployment.example.json` in place of a collection's id. */
export const EXAMPLE_COLLECTION_ID = '00000000-0000-4000-8000-000000000000';

/** Hosts of the machine itself. */
const LOOPBACK = /\b(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0)\b|\[::1?\]/i;
/** Names set aside for documents (RFC 2606), and the one of the example. */
const EXAMPLE_HOST = /(?<![\w-])example\.(?:com|net|org|edu)(?![\w.-])|\.example(?![\w.-])/i;

/** The public value of the local run that stands in a text, if one does. */
export function localValueIn(text: string): string | undefined {
  // Whole words: somebody's own secret may be called prod-service-secret.
  const known = text.match(/[\w=-]+/g)?.find((word) => LOCAL_VALUES.has(word.toLowerCase()));
  // An address in short, such as https://127.1, is spelt out.
  return known ?? LOOPBACK.exec(URL.canParse(text) ? new URL(text).href : text)?.[0];
}

/** The value of the example that stands in a text, if one does. */
export function exampleValueIn(text: string): string | undefined {
  return text.includes(EXAMPLE_COLLECTION_ID) ? EXAMPLE_COLLECTION_ID : EXAMPLE_HOST.exec(text)?.[0];
}
