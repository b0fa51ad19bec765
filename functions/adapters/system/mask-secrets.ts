/** What stands where a secret was. */
export const MASK = '[masked]';

/** Values shorter than this are not searched for: masking every `a` would only ruin messages. */
const SHORTEST_SECRET = 6;

const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Query parameters and form fields: signed URLs, API keys, unblock keys, OAuth tokens and client secrets.
  [/\b((?:[a-z_]*token|[a-z-]*key|client_secret|password)=)[^&\s"'<>]+/gi, `$1${MASK}`],
  // A credential has a digit or a sign in it; "Bearer token is validated", which Dataverse says, is no credential.
  [/\b(Bearer|Basic)\s+(?=\S*[0-9._~+/=-])[A-Za-z0-9._~+/=-]{8,}/g, `$1 ${MASK}`],
  [/\b(X-Dataverse-key\s*:\s*)\S+/gi, `$1${MASK}`],
  // Dataverse echoes the token it was given (dataverse-api.md 4.1).
  [/\b(User with token )(?!null\b)\S+/g, `$1${MASK}`],
];

/**
 * Replaces what looks like a credential, and every occurrence of the given values, by a placeholder.
 * @param text - a message of another system, or a line for the log
 * @param values - credentials that were used in the call the text comes from
 */
export function maskSecrets(text: string, values: readonly string[] = []): string {
  let masked = text;
  for (const value of values) {
    if (value.length >= SHORTEST_SECRET) masked = masked.replaceAll(value, MASK);
  }
  for (const [pattern, replacement] of PATTERNS) masked = masked.replace(pattern, replacement);
  return masked;
}
