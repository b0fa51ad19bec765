import { describe, expect, it } from 'vitest';
import { tables } from '../../functions/manifest.ts';
import { parseDeployment } from '../../infra/deployment/parse-deployment.ts';
import { atRealLength } from './real-length.ts';
import { EXAMPLE, policiesOf, synthesize } from './synthesized.ts';

const installation = synthesize();
const TABLES = [
  { name: 'Tables/AccessRules', table: tables.accessRules },
  { name: 'Tables/Transfers', table: tables.transfers },
  { name: 'Tables/Downloads', table: tables.downloads },
];
const refusesWithoutTls = (resource: string, others: object) => ({
  Effect: 'Deny',
  Resource: resource,
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  ...others,
});
const keys = (partitionKey: string, sortKey: string) => [
  { AttributeName: partitionKey, KeyType: 'HASH' },
  { AttributeName: sortKey, KeyType: 'RANGE' },
];

describe('the stack with the records', () => {
  it('is protected from being deleted, and keeps every resource when it is deleted or replaced; an empty secret goes with a deployment that fails', () => {
    expect(installation.stacks.data.terminationProtection).toBe(true);
    const kept = ['AWS::KMS::Key', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret'].flatMap(installation.all);
    expect(kept).toHaveLength(Object.keys(installation.templates.data.toJSON()['Resources']).length);
    for (const { type, deletionPolicy, updateReplacePolicy } of kept) {
      expect({ deletionPolicy, updateReplacePolicy }).toEqual({
        deletionPolicy: type === 'AWS::SecretsManager::Secret' ? 'RetainExceptOnCreate' : 'Retain',
        updateReplacePolicy: 'Retain',
      });
    }
  });

  it('has the tables of the manifest and no others', () => {
    const names = installation.all('AWS::DynamoDB::Table').map(({ name }) => name);
    expect(names).toEqual(TABLES.map(({ name }) => name));
    expect(TABLES).toHaveLength(Object.keys(tables).length);
  });

  it.each(TABLES)('gives $name the keys and indexes of the manifest', ({ name, table }) => {
    const { properties } = installation.get('AWS::DynamoDB::Table', name);
    expect(properties['KeySchema']).toEqual(keys(table.partitionKey, table.sortKey));
    expect(properties['GlobalSecondaryIndexes'] ?? []).toEqual(
      table.indexes.map((index) => ({
        IndexName: index.indexName,
        KeySchema: keys(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: index.attributes },
      })),
    );
    const keyNames = [table, ...table.indexes].flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]);
    expect(properties['AttributeDefinitions']).toEqual(
      keyNames.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    );
  });

  it.each(TABLES)('pays for $name by request, and can restore it to any second', ({ name }) => {
    const { properties } = installation.get('AWS::DynamoDB::Table', name);
    expect(properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it.each(TABLES)('lets nothing time out of $name but file lists of launches', ({ name }) => {
    const { properties } = installation.get('AWS::DynamoDB::Table', name);
    expect(properties['TimeToLiveSpecification']).toEqual(
      name === 'Tables/Downloads' ? { AttributeName: 'expiresAtEpochSeconds', Enabled: true } : undefined,
    );
  });

  it.each(TABLES)('encrypts $name with its own key, and opens it over TLS only', ({ name }) => {
    const { properties } = installation.get('AWS::DynamoDB::Table', name);
    expect(properties['SSESpecification']).toEqual({ SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: '<Key.Arn>' });
    const everybody = { Sid: 'RefuseWithoutTls', Principal: { AWS: '*' }, Action: 'dynamodb:*' };
    expect(properties['ResourcePolicy']).toEqual({
      PolicyDocument: { Statement: [refusesWithoutTls('*', everybody)], Version: '2012-10-17' },
    });
  });

  it('lets the account use the key as its roles say, and alarms reach the topic behind it', () => {
    expect(installation.get('AWS::KMS::Key', 'Key').properties).toMatchObject({ EnableKeyRotation: true });
    expect(installation.get('AWS::KMS::Key', 'Key').properties['KeyPolicy']).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:<Partition>:iam::<AccountId>:root' },
          Action: 'kms:*',
          Resource: '*',
        },
        {
          Sid: 'LetAlarmsReachTheTopic',
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          Resource: '*',
          Condition: { StringEquals: { 'aws:SourceAccount': '<AccountId>' } },
        },
      ],
    });
  });

  it('makes the secrets that the settings name, empty, behind the same key', () => {
    const secrets = installation.all('AWS::SecretsManager::Secret').map(({ properties }) => properties);
    expect(secrets.map(({ Name }) => Name)).toEqual([
      'dataverse-globus/globus-client',
      'dataverse-globus/dataverse-superuser',
      'dataverse-globus/dataverse-unblock-key',
      'dataverse-globus/url-signing',
    ]);
    for (const secret of secrets) {
      expect(Object.keys(secret).sort()).toEqual(['Description', 'KmsKeyId', 'Name', 'Tags']);
      expect(secret['KmsKeyId']).toBe('<Key.Arn>');
    }
  });
});

describe('what the stack with the records gives to the other', () => {
  it('are tables and key, and no secret: one that an installation names anew must be free to go', () => {
    const outputs = Object.keys(installation.templates.data.toJSON()['Outputs']);
    expect(outputs.map((name) => /Tables(AccessRules|Transfers|Downloads)|Key|Secrets/.exec(name)?.[0]).sort()).toEqual(
      [
        'Key',
        'TablesAccessRules',
        'TablesAccessRules',
        'TablesDownloads',
        'TablesDownloads',
        'TablesTransfers',
        'TablesTransfers',
      ],
    );
  });
});

describe('what stands around the records', () => {
  it('refuses messages of failed runs without TLS', () => {
    expect(installation.all('AWS::SQS::QueuePolicy').map(({ properties }) => properties)).toEqual([
      {
        Queues: ['<Schedules/FailedRuns>'],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [refusesWithoutTls('<Schedules/FailedRuns.Arn>', { Principal: { AWS: '*' }, Action: 'sqs:*' })],
        },
      },
    ]);
  });

  it('lets the alarms of this account notify the topic, and nobody without TLS', () => {
    expect(installation.all('AWS::SNS::TopicPolicy').map(({ properties }) => properties)).toEqual([
      {
        Topics: ['<Alarms/Topic>'],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            refusesWithoutTls('<Alarms/Topic>', {
              Sid: 'AllowPublishThroughSSLOnly',
              Principal: '*',
              Action: 'sns:Publish',
            }),
            {
              Sid: 'LetAlarmsPublish',
              Effect: 'Allow',
              Principal: { Service: 'cloudwatch.amazonaws.com' },
              Action: 'sns:Publish',
              Resource: '<Alarms/Topic>',
              Condition: { StringEquals: { 'aws:SourceAccount': '<AccountId>' } },
            },
          ],
        },
      },
    ]);
  });
});

describe('an installation as large as its settings allow', () => {
  const large = synthesize({ STACK_PREFIX: 'p'.repeat(40), STORES: asManyStoresAsFit() });
  const roles = large.all('AWS::IAM::Role').map(({ name }) => name);

  it.each(roles)('stays below the 10,240 characters that IAM allows the policies of a role: %s', (roleName) => {
    const characters = policiesOf(large, roleName).map((document) => atRealLength(document).length);
    expect(characters.reduce((sum, each) => sum + each, 0)).toBeLessThan(10_240);
  });

  it('stays within the 4,096 bytes that Lambda allows for the environment', () => {
    for (const { properties } of large.all('AWS::Lambda::Function')) {
      const { Variables } = properties['Environment'] as { Variables: Readonly<Record<string, string>> };
      const bytes = Object.entries(Variables).map(([name, value]) => {
        const text = value.includes('<') ? JSON.parse(atRealLength(value)) : value;
        return Buffer.byteLength(name + text);
      });
      expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(4_096);
    }
  });

  it('stays below half of the 500 resources that CloudFormation allows a stack', () => {
    for (const template of Object.values(large.templates)) {
      expect(Object.keys(template.toJSON()['Resources']).length).toBeLessThan(250);
    }
  });
});

/** Stores with a secret each, until the settings refuse one more. */
function asManyStoresAsFit(): readonly object[] {
  const stores: object[] = [];
  const fits = () => {
    try {
      return parseDeployment({ ...EXAMPLE, STORES: stores }, true) !== undefined;
    } catch {
      return false;
    }
  };
  do {
    const storeId = `s${stores.length}`;
    const collectionId = '00000000-0000-4000-8000-000000000000';
    stores.push({ storeId, collectionId, basePath: '/a', globusSecret: storeId });
  } while (fits());
  expect(stores.length).toBeGreaterThan(20);
  return stores.slice(0, -1);
}
