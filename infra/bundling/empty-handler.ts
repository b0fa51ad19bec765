import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});

/** What the start of our functions is measured against: nothing but a client, as it comes, which every one of them needs. */
export async function handler(): Promise<string> {
  return client.config.serviceId;
}
