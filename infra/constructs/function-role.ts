import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Access, type Grant, grants, type Permission } from '../../functions/access.ts';
import { tables } from '../../functions/manifest.ts';
import { acknowledge } from './acknowledge.ts';
import type { RecordTables } from './record-tables.ts';
import type { SecretGrant, ServiceSecrets } from './service-secrets.ts';

/** What functions may be granted access to. */
export interface Estate {
  readonly tables: RecordTables;
  readonly secrets: ServiceSecrets;
  /** Of the key that encrypts both. */
  readonly keyArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
}

/**
 * The role of one function: its own log, and what `functions/access.ts` lists for it, each grant as a statement of its own that carries the
 * grant's name. Nothing else, and nobody else's.
 */
export function functionRole(
  scope: Construct,
  { access, estate, logGroup }: { readonly access: Access; readonly estate: Estate; readonly logGroup: ILogGroup },
): Role {
  const granted = Object.keys(access) as Grant[];
  const statements = granted.flatMap((grant) => statementOf(scope, grant, estate));
  const services = keyUsers(granted);
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      access: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'Log',
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [logGroup.logGroupArn],
          }),
          ...statements,
          ...(services.length > 0 ? [useKey(scope, estate.keyArn, services)] : []),
        ],
      }),
    },
  });
  if (granted.some((grant) => grants[grant].on === 'executions')) {
    const { stateMachineName } = estate;
    acknowledge(
      role,
      `IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${stateMachineName}:*]`,
      'An execution is named after its transfer; only those of our own state machine may be asked about.',
    );
  }
  return role;
}

function statementOf(scope: Construct, grant: Grant, estate: Estate): PolicyStatement[] {
  const { actions, on, partitionKeys }: Permission = grants[grant];
  const resources = resourcesOf(scope, grant, on, estate);
  // A secret that is optional and not set.
  if (resources.length === 0) return [];
  return [
    new PolicyStatement({
      sid: sidOf(grant),
      actions: [...actions],
      resources: [...resources],
      ...(partitionKeys
        ? { conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitionKeys] } } }
        : {}),
    }),
  ];
}

function resourcesOf(scope: Construct, grant: Grant, on: Permission['on'], estate: Estate): readonly string[] {
  switch (on) {
    case 'transfers':
      return [estate.tables.transfers.tableArn];
    case 'open-transfers':
      return tables.transfers.indexes.map(({ indexName }) => `${estate.tables.transfers.tableArn}/index/${indexName}`);
    case 'access-rules':
      return [estate.tables.accessRules.tableArn];
    case 'downloads':
      return [estate.tables.downloads.tableArn];
    case 'workflow':
      return [estate.stateMachineArn];
    case 'executions':
      return [executionsOf(scope, estate.stateMachineName)];
    case 'secret':
      return estate.secrets.arns[grant as SecretGrant];
  }
}

/** Executions have names of their own; only their state machine is fixed. */
function executionsOf(scope: Construct, stateMachineName: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

const TABLES = ['transfers', 'open-transfers', 'access-rules', 'downloads'] as const;

/** Tables and secrets are encrypted; whoever may use them needs the key, by way of the service that asked for it. */
function keyUsers(granted: readonly Grant[]): readonly ('dynamodb' | 'secretsmanager')[] {
  const on = new Set<Permission['on']>(granted.map((grant) => grants[grant].on));
  const usesTables = TABLES.some((table) => on.has(table));
  return [...(usesTables ? (['dynamodb'] as const) : []), ...(on.has('secret') ? (['secretsmanager'] as const) : [])];
}

function useKey(scope: Construct, keyArn: string, services: readonly string[]): PolicyStatement {
  const { region } = Stack.of(scope);
  return new PolicyStatement({
    sid: 'UseKey',
    // Reading asks for Decrypt; writing to a table whose key is the customer's may ask for the others too.
    actions: services.includes('dynamodb')
      ? ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']
      : ['kms:Decrypt'],
    resources: [keyArn],
    conditions: {
      StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`) },
    },
  });
}

/** `transfers.read` becomes `TransfersRead`: a sid takes letters and digits only. */
export function sidOf(grant: Grant): string {
  return grant
    .split(/[.-]/)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');
}
