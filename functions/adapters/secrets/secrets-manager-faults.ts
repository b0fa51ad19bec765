import { SecretsManagerServiceException } from '@aws-sdk/client-secrets-manager';
import { UnavailableError } from '../../domain/errors.ts';

/** What can be told of a failed call without showing any part of an answer. */
interface Fault {
  /** Name of the error, or the system's code of it. */
  readonly kind: string;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  /** What Secrets Manager said as it refused; empty when it did not. */
  readonly refusal: string;
}

/** One way in which a read fails: how it shows, and what an operator is told. */
interface Explanation {
  readonly fits: (fault: Fault) => boolean;
  readonly say: (name: string, fault: Fault) => string;
}

/** A file keeps the value out of the shell's history and of the list of processes. */
const VALUE_FROM_FILE = '--secret-string file://<file with the value>';

/** The first that fits is told; the wire has one error for a missing secret and a missing value, and one for two missing permissions. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    fits: ({ kind, refusal }) => kind === 'ResourceNotFoundException' && /secret value|staging label/i.test(refusal),
    say: withoutValue,
  },
  {
    fits: ({ kind }) => kind === 'ResourceNotFoundException',
    say: (name) =>
      `There is no secret "${name}" in this account and region: correct the setting that names it, or make it with ` +
      `aws secretsmanager create-secret --name ${name} ${VALUE_FROM_FILE}`,
  },
  {
    fits: ({ kind, refusal }) => kind === 'InvalidRequestException' && /deletion|deleted/i.test(refusal),
    say: (name) =>
      `The secret "${name}" is marked for deletion; take that back with ` +
      `aws secretsmanager restore-secret --secret-id ${name}`,
  },
  {
    fits: ({ kind, refusal }) =>
      kind === 'DecryptionFailure' ||
      (kind === 'AccessDeniedException' && /access to kms|kms:decrypt|the ciphertext/i.test(refusal)),
    say: (name) =>
      `The secret "${name}" cannot be decrypted: its KMS key must be enabled, and the role of this function needs kms:Decrypt on it.`,
  },
  {
    fits: ({ kind }) => kind === 'AccessDeniedException',
    say: (name) =>
      `The secret "${name}" may not be read: the role of this function needs secretsmanager:GetSecretValue on it.`,
  },
  {
    fits: ({ kind }) => kind === 'CredentialsProviderError',
    say: (name) => `The secret "${name}" cannot be asked for: this process has no AWS credentials.`,
  },
  {
    // Too many requests, after several tries, is no refusal of this one.
    fits: ({ kind, refusal, status = 0 }) =>
      refusal !== '' && status < 500 && status !== 429 && !/throttl|toomany/i.test(kind),
    say: (name, { kind }) => `The secret "${name}" cannot be read: Secrets Manager refuses with ${kind}.`,
  },
];

/** An error that was thrown by a read of a secret, in words for an operator and without any value. */
export function unreadableSecret(name: string, error: unknown): UnavailableError {
  const fault = faultOf(error);
  const explanation = EXPLANATIONS.find(({ fits }) => fits(fault));
  const message =
    explanation?.say(name, fault) ??
    `The secret "${name}" cannot be read now: Secrets Manager gives no answer that can be used (${fault.kind}). ` +
      'Please repeat the request.';
  // The error itself is no cause to keep: the parser's quotes the answer it could not read, and the client's carries that answer.
  return new UnavailableError(message, { details: { secretName: name, ...fault } });
}

/** The secret is there and holds nothing. */
export function secretWithoutValue(name: string): UnavailableError {
  return new UnavailableError(withoutValue(name), { details: { secretName: name } });
}

/** The secret holds bytes. */
export function secretOfWrongKind(name: string): UnavailableError {
  return new UnavailableError(
    `The secret "${name}" is binary: expected text. Put it anew with ${putValueCommand(name)}`,
    {
      details: { secretName: name },
    },
  );
}

function withoutValue(name: string): string {
  return `The secret "${name}" has no value yet; put one with ${putValueCommand(name)}`;
}

function putValueCommand(name: string): string {
  return `aws secretsmanager put-secret-value --secret-id ${name} ${VALUE_FROM_FILE}`;
}

function faultOf(error: unknown): Fault {
  if (error instanceof SecretsManagerServiceException) {
    const { name, message, $metadata } = error;
    return { kind: name, status: $metadata.httpStatusCode, requestId: $metadata.requestId, refusal: message };
  }
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return { kind: String(code ?? name ?? 'unknown'), refusal: '' };
}
