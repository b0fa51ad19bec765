import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

/** What a secret holds: text, bytes, or nothing since nobody has put a value; it may be marked for deletion. */
export type StoredSecret = { readonly text: string } | { readonly bytes: Buffer } | 'no value' | 'marked for deletion';

/** What happens to every request: it is answered, refused as by AWS, or left without a whole answer. */
export type Behaviour = 'answers' | keyof typeof REFUSALS | 'hangs' | 'hangs in the answer' | 'answers the bare value';

/** A stand-in for AWS Secrets Manager that knows GetSecretValue, with AWS's own errors and messages. */
export interface SecretsManagerServer {
  readonly url: string;
  /** Where the real client finds it, with credentials it does not check. */
  readonly clientConfig: SecretsManagerClientConfig;
  /** The names that were asked for, in order, repeats of the client included. */
  readonly asked: readonly string[];
  store(name: string, secret: StoredSecret): void;
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

interface Refusal {
  readonly status?: number;
  readonly __type: string;
  /** Services behind Secrets Manager write this member with a capital. */
  readonly message?: string;
  readonly Message?: string;
}

const REFUSALS = {
  'refuses access': {
    __type: 'AccessDeniedException',
    Message:
      'User: arn:aws:sts::123456789012:assumed-role/sweep/sweep is not authorized to perform: secretsmanager:GetSecretValue ' +
      'on resource: globus/service because no identity-based policy allows the secretsmanager:GetSecretValue action',
  },
  'refuses the key': { __type: 'AccessDeniedException', Message: 'Access to KMS is not allowed' },
  'cannot decrypt': {
    __type: 'DecryptionFailure',
    message: "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  },
  'refuses the credentials': {
    __type: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
  },
  throttles: { __type: 'ThrottlingException', message: 'Rate exceeded' },
  fails: { status: 500, __type: 'InternalServiceError', message: 'An error occurred on the server side.' },
} satisfies Record<string, Refusal>;

const NOT_FOUND = 'ResourceNotFoundException';
const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** Starts the stand-in on a free loopback port. */
export async function startSecretsManagerServer(): Promise<SecretsManagerServer> {
  const secrets = new Map<string, StoredSecret>();
  const asked: string[] = [];
  let behaviour: Behaviour = 'answers';

  const server = createServer(async (request, response) => {
    const body = await text(request);
    const wrong = wrongWith(request);
    if (wrong) return refuse(response, wrong);
    const name: string = JSON.parse(body).SecretId;
    asked.push(name);
    if (behaviour === 'hangs') return;
    if (behaviour in REFUSALS) return refuse(response, REFUSALS[behaviour as keyof typeof REFUSALS]);
    answer(response, name, secrets.get(name), behaviour);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    clientConfig: { endpoint: url, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
    asked,
    store: (name, secret) => void secrets.set(name, secret),
    behave(next) {
      behaviour = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  response: ServerResponse,
  name: string,
  secret: StoredSecret | undefined,
  behaviour: Behaviour,
): unknown {
  if (secret === undefined) {
    return refuse(response, { __type: NOT_FOUND, message: "Secrets Manager can't find the specified secret." });
  }
  if (secret === 'no value') {
    const message = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
    return refuse(response, { __type: NOT_FOUND, message });
  }
  if (secret === 'marked for deletion') {
    const message = "You can't perform this operation on the secret because it was marked for deletion.";
    return refuse(response, { __type: 'InvalidRequestException', message });
  }
  const value = 'text' in secret ? { SecretString: secret.text } : { SecretBinary: secret.bytes.toString('base64') };
  const body = JSON.stringify({ ARN: arnOf(name), Name: name, VersionStages: ['AWSCURRENT'], ...value });
  response.writeHead(200, { 'content-type': CONTENT_TYPE });
  if (behaviour === 'hangs in the answer') return response.write(body.slice(0, -5));
  return response.end(behaviour === 'answers the bare value' ? Object.values(value)[0] : body);
}

/** What AWS has against a request before it looks at the secret. */
function wrongWith({ headers, method, url }: IncomingMessage): Refusal | undefined {
  if (method !== 'POST' || url !== '/' || headers['content-type'] !== CONTENT_TYPE)
    return { status: 404, __type: 'UnknownOperationException' };
  if (headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') return { __type: 'UnknownOperationException' };
  if (!headers.authorization?.startsWith('AWS4-HMAC-SHA256 '))
    return { __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
  return undefined;
}

function refuse(response: ServerResponse, { status = 400, ...body }: Refusal): void {
  response.writeHead(status, { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': 'request-1' });
  response.end(JSON.stringify(body));
}

function arnOf(name: string): string {
  return `arn:aws:secretsmanager:local:123456789012:secret:${name}-AbCdEf`;
}
