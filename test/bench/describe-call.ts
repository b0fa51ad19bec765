import type { OutsideCall } from '../support/call-recorder.ts';

/** To whom round trips are counted. */
export const SERVICES = ['Globus', 'Dataverse', 'DynamoDB', 'Step Functions'] as const;

/** A call in the same words for every dataset, transfer and task: method and path, or action, table and kind of key. */
export function describeCall(call: OutsideCall): string {
  switch (call.service) {
    case 'DynamoDB': {
      const { action, table, index, partitionKey, sortKey } = call;
      return `${action} ${table}${index ? `/${index}` : ''}: ${itemOf(table, index, partitionKey, sortKey)}`;
    }
    case 'Globus':
      return `${call.method} ${pattern(call.target)}`;
    case 'Dataverse':
      return `${call.method} ${pattern(call.target)} (${call.actingAs})`;
    case 'Step Functions':
      return call.action;
    case 'Secrets':
      return call.secretName;
    case 'other':
      return `${call.method} ${call.target}`;
  }
}

/** What lies under a key (design section 6). */
function itemOf(table: string, index: string | undefined, partitionKey: string, sortKey: string): string {
  if (index !== undefined) return 'open transfers, claims and lock items';
  if (table === 'access-rules') return sortKey.startsWith('foreign#') ? 'rules of others' : 'the row';
  if (table === 'downloads') return 'the file list of a launch';
  const [kind] = partitionKey.split('#');
  if (partitionKey.startsWith('budget#')) return 'calls to Globus in this window';
  if (partitionKey.startsWith('task#')) return 'the claim of a task';
  if (partitionKey.startsWith('idem#')) return 'an Idempotency-Key';
  if (sortKey === 'lock') return 'the lock item';
  if (sortKey.startsWith('files#')) return 'chunks of the file list';
  if (sortKey.startsWith('results#')) return 'chunks of the results';
  return sortKey === '' ? `items of ${kind}` : 'the header';
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The path with its ids replaced; of the query only the names that choose what is meant. */
function pattern(target: string): string {
  const [path = '', query = ''] = target.split('?');
  const lockType = new URLSearchParams(query).get('type');
  const shown = path
    .replace(/^\/(v0\.10|v2)\//, '/')
    .replace(/^\/api\/(v1\/)?/, '/')
    .replace(UUID, '{id}')
    .replace(/\/datasets\/\d+/, '/datasets/{id}');
  return lockType === null ? shown : `${shown}?type=${lockType}`;
}
