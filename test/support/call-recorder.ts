import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { tables } from '../../functions/manifest.ts';
import { HOP_HEADER } from '../../functions/ports/dataverse.ts';
import type { LambdaHandler } from '../../infra/local/lambda-runner.ts';
import type { StackParts } from '../../infra/local/stack-parts.ts';

/** One round trip of a function to the outside; retries are calls of their own. */
export type OutsideCall =
  | {
      readonly service: 'DynamoDB';
      /** Such as `GetItem`. */
      readonly action: string;
      readonly table: string;
      /** Undefined for the table itself. */
      readonly index: string | undefined;
      /** Value of the partition key, of the index where one is asked. */
      readonly partitionKey: string;
      /** Value of the sort key; of a query what it begins with or lies before, empty when it does not say. */
      readonly sortKey: string;
    }
  | { readonly service: 'Step Functions'; readonly action: string }
  | { readonly service: 'Secrets'; readonly secretName: string }
  | { readonly service: 'Globus'; readonly method: string; readonly target: string }
  | {
      readonly service: 'Dataverse';
      readonly method: string;
      /** Path and query. */
      readonly target: string;
      /** As whom: by the superuser's key, by another key, by a signed URL, or by nothing. */
      readonly actingAs: 'service' | 'key' | 'signed URL' | 'guest';
      readonly hasUnblockKey: boolean;
    }
  /** Nobody that a function is known to talk to. */
  | { readonly service: 'other'; readonly method: string; readonly target: string };

export type RecordedCall = OutsideCall & {
  readonly functionName: string;
  /** The same for all calls of one run of a function; later runs have higher numbers. */
  readonly run: number;
};

/** Tells what each function of a local stack in this process calls. What tests, simulators and the stack itself call is left out. */
export interface CallRecorder {
  /** In the order of their beginning. */
  readonly calls: readonly RecordedCall[];
  /** The same parts with every function watched: to be given to `startLocalStack`. */
  watch(parts: StackParts): StackParts;
  /** Notes a call that does not go over the network, if a function is at work in the caller's context. */
  note(call: OutsideCall): void;
  /** Ends the recording. */
  stop(): void;
}

/** @param superuserKey - by which calls of the service to Dataverse are known */
export function createCallRecorder(superuserKey: string): CallRecorder {
  const running = new AsyncLocalStorage<Pick<RecordedCall, 'functionName' | 'run'>>();
  const calls: RecordedCall[] = [];
  let runs = 0;

  const note = (call: OutsideCall) => {
    const by = running.getStore();
    if (by) calls.push({ ...by, ...call });
  };
  const watched =
    (functionName: string, handler: LambdaHandler): LambdaHandler =>
    (event, context) =>
      running.run({ functionName, run: ++runs }, () => handler(event, context));

  // The AWS clients and the calls to Dataverse.
  const onHttp = (message: unknown) => {
    const { request } = message as { readonly request: ClientRequest };
    if (!running.getStore()) return;
    const target = request.getHeader('x-amz-target');
    if (typeof target === 'string') whenSent(request, (body) => note(awsCall(target, body)));
    else note(dataverseCall(request, superuserKey));
  };
  // The calls to Globus.
  const onFetch = (message: unknown) => {
    const { method, path: target } = (message as { readonly request: { method: string; path: string } }).request;
    note({ service: /^\/(v0\.10|v2)\//.test(target) ? 'Globus' : 'other', method, target });
  };
  subscribe('http.client.request.created', onHttp);
  subscribe('undici:request:create', onFetch);

  return {
    calls,
    note,
    watch: (parts) => ({
      ...parts,
      loadHandler: async (entry) => watched(entry.functionName, await parts.loadHandler(entry)),
    }),
    stop() {
      unsubscribe('http.client.request.created', onHttp);
      unsubscribe('undici:request:create', onFetch);
    },
  };
}

/** Tells the body of a request as it is sent; the AWS clients hand it over whole. */
function whenSent(request: ClientRequest, tell: (body: string) => void): void {
  request.end = new Proxy(request.end, {
    apply(end, self, [chunk, ...others]: unknown[]) {
      tell(chunk instanceof Uint8Array ? Buffer.from(chunk).toString('utf8') : String(chunk ?? ''));
      return Reflect.apply(end, self, [chunk, ...others]);
    },
  });
}

function dataverseCall(request: ClientRequest, superuserKey: string): OutsideCall {
  const { method, path: target } = request;
  if (request.getHeader(HOP_HEADER) === undefined) return { service: 'other', method, target };
  const key = request.getHeader('x-dataverse-key');
  const { searchParams } = new URL(target, 'http://site');
  const bySignature = searchParams.has('token') ? 'signed URL' : 'guest';
  const actingAs = key === superuserKey ? 'service' : key === undefined ? bySignature : 'key';
  return { service: 'Dataverse', method, target, actingAs, hasUnblockKey: searchParams.has('unblock-key') };
}

/** @param target - such as `DynamoDB_20120810.GetItem` */
function awsCall(target: string, body: string): OutsideCall {
  const [service = '', action = ''] = target.split('.');
  if (service.startsWith('DynamoDB')) return dynamoDbCall(action, JSON.parse(body) as DynamoDbRequest);
  if (service === 'AWSStepFunctions') return { service: 'Step Functions', action };
  if (service === 'secretsmanager') return { service: 'Secrets', secretName: JSON.parse(body).SecretId };
  return { service: 'other', method: 'POST', target };
}

type Values = Readonly<Record<string, { readonly S?: string } | undefined>>;

interface DynamoDbRequest {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly Key?: Values;
  readonly Item?: Values;
  readonly ExpressionAttributeValues?: Values;
}

function dynamoDbCall(action: string, request: DynamoDbRequest): OutsideCall {
  const { TableName: table, IndexName: index, Key, Item, ExpressionAttributeValues } = request;
  const [partitionKey, sortKey] = Key || Item ? keysOf(table, Key ?? Item) : keysOfQuery(ExpressionAttributeValues);
  return { service: 'DynamoDB', action, table, index, partitionKey, sortKey };
}

function keysOf(tableName: string, values: Values = {}): readonly [string, string] {
  const table = Object.values(tables).find((each) => each.tableName === tableName);
  return [values[table?.partitionKey ?? '']?.S ?? '', values[table?.sortKey ?? '']?.S ?? ''];
}

/** By the names that the adapter gives to the values of its queries. */
function keysOfQuery(values: Values = {}): readonly [string, string] {
  return [values[':pk']?.S ?? '', (values[':prefix'] ?? values[':before'])?.S ?? ''];
}
