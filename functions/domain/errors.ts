/** What went wrong, as the caller and the workflow need to know it. Each kind has one HTTP status (http/reply.ts). */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'too-large'
  | 'upstream-refused'
  | 'unavailable'
  | 'loop';

export interface ErrorOptionsOfOurs {
  readonly cause?: unknown;
  /** For logs only, never shown to a caller; must not hold secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Base of every error we throw on purpose. `message` is safe to show to the caller and says what was expected, what came and what to do.
 * `name` is a literal because bundling renames classes and the workflow matches on names.
 */
export abstract class ExpectedError extends Error {
  abstract readonly kind: ErrorKind;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, options: ErrorOptionsOfOurs = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? {};
  }
}

/** The request is malformed or asks for something that cannot be. */
export class InvalidRequestError extends ExpectedError {
  override readonly name = 'InvalidRequestError';
  readonly kind = 'invalid';
}

/** No credential, or one that Dataverse or our own signature check does not accept. */
export class UnauthenticatedError extends ExpectedError {
  override readonly name = 'UnauthenticatedError';
  readonly kind = 'unauthenticated';
}

/** A good credential with no account behind it: the token of a private URL (dataverse-api.md 1.3). In Dataverse's words. */
export class NoAccountError extends ExpectedError {
  override readonly name = 'NoAccountError';
  readonly kind = 'unauthenticated';

  constructor(options: ErrorOptionsOfOurs = {}) {
    super('Only authenticated users can perform the requested operation', options);
  }
}

/** The caller is known and may not do this. */
export class ForbiddenError extends ExpectedError {
  override readonly name = 'ForbiddenError';
  readonly kind = 'forbidden';
}

/** What the request names does not exist. */
export class NotFoundError extends ExpectedError {
  override readonly name = 'NotFoundError';
  readonly kind = 'missing';
}

/** The request contradicts what is recorded already. */
export class ConflictError extends ExpectedError {
  override readonly name = 'ConflictError';
  readonly kind = 'conflict';
}

/** The body exceeds what the platform can carry. */
export class TooLargeError extends ExpectedError {
  override readonly name = 'TooLargeError';
  readonly kind = 'too-large';
}

/** Globus or Dataverse gave a definite refusal that the caller cannot mend by repeating. */
export class UpstreamRefusedError extends ExpectedError {
  override readonly name = 'UpstreamRefusedError';
  readonly kind = 'upstream-refused';
}

/** Something needed does not answer now, or another worker holds the record; repeating later helps. */
export class UnavailableError extends ExpectedError {
  override readonly name: string = 'UnavailableError';
  readonly kind = 'unavailable';
  readonly retryAfterSeconds: number;

  constructor(message: string, options: ErrorOptionsOfOurs & { readonly retryAfterSeconds?: number } = {}) {
    super(message, options);
    this.retryAfterSeconds = options.retryAfterSeconds ?? 15;
  }
}

/** Another worker has taken the transfer's record and is not past its due time (design section 5, "Take"). */
export class RecordTakenError extends UnavailableError {
  override readonly name = 'RecordTakenError';
}

/** The request has passed through this service before: the proxy in front of Dataverse sends it round in a circle. */
export class ProxyLoopError extends ExpectedError {
  override readonly name = 'ProxyLoopError';
  readonly kind = 'loop';
}

/** Dataverse has no API token for the user, so that nobody can act in their name (dataverse-api.md 3.5). */
export class NoUserTokenError extends ExpectedError {
  override readonly name = 'NoUserTokenError';
  readonly kind = 'conflict';
}
