import type { RunningStack } from './local-stack.ts';
import { CURATOR_KEY, call, type JsonReply, postJson } from './upload-client.ts';

/** The address of our own calls on transfers. */
export function transfersUrl(stack: RunningStack, rest = ''): string {
  return `${stack.apiUrl}/api/globus/transfers${rest}`;
}

/** Reads a list of transfers, or one of them, as whoever has this key. */
export function readTransfers(stack: RunningStack, rest: string, key: string = CURATOR_KEY): Promise<JsonReply> {
  return call(transfersUrl(stack, rest), { headers: { 'X-Dataverse-key': key } });
}

/** One transfer as its owner sees it. @throws Error when it is not shown */
// biome-ignore lint/suspicious/noExplicitAny: looked into by the tests
export async function shown(stack: RunningStack, transferId: string, query = ''): Promise<any> {
  const reply = await readTransfers(stack, `/${transferId}${query}`);
  if (reply.status !== 200) throw new Error(`the transfer is not shown: ${JSON.stringify(reply.body)}`);
  return reply.body.data;
}

/** Asks for something to be done with a transfer; without a body unless one is given. */
export function steer(
  stack: RunningStack,
  transferId: string,
  action: 'cancel' | 'retry' | 'release',
  { key = CURATOR_KEY, body }: { readonly key?: string; readonly body?: object } = {},
): Promise<JsonReply> {
  const url = transfersUrl(stack, `/${transferId}/${action}`);
  const headers = { 'X-Dataverse-key': key };
  return body ? postJson(url, body, headers) : call(url, { method: 'POST', headers });
}
