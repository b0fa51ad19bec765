import type { Grant } from '../../functions/access.ts';
import type { Statement } from './synthesized.ts';

const TRANSFERS = '<Tables/Transfers.Arn>';
const ACCESS_RULES = '<Tables/AccessRules.Arn>';
const DOWNLOADS = '<Tables/Downloads.Arn>';
const WORKFLOW = 'arn:<Partition>:states:<Region>:<AccountId>:stateMachine:dataverse-globus-transfer';
const EXECUTIONS = 'arn:<Partition>:states:<Region>:<AccountId>:execution:dataverse-globus-transfer:*';

/** Partitions of datasets only: their names are numbers. */
const OF_DATASETS = only('1*', '2*', '3*', '4*', '5*', '6*', '7*', '8*', '9*');
const OF_CLAIMS = only('task#*');

/**
 * What each grant comes to in the roles of the example's installation: written out here, so that a slip in the list of grants or in what
 * the CDK app makes of it shows.
 */
export const EXPECTED_GRANTS: Readonly<Record<Grant, Statement>> = {
  'transfers.read': may('TransfersRead', ['dynamodb:GetItem'], TRANSFERS, OF_DATASETS),
  'transfers.list': may('TransfersList', ['dynamodb:Query'], TRANSFERS, OF_DATASETS),
  'transfers.write': may('TransfersWrite', ['dynamodb:PutItem'], TRANSFERS, OF_DATASETS),
  'transfers.remove': may('TransfersRemove', ['dynamodb:DeleteItem'], TRANSFERS, OF_DATASETS),
  'claims.read': may('ClaimsRead', ['dynamodb:GetItem'], TRANSFERS, OF_CLAIMS),
  'claims.write': may('ClaimsWrite', ['dynamodb:PutItem'], TRANSFERS, OF_CLAIMS),
  'claims.remove': may('ClaimsRemove', ['dynamodb:DeleteItem'], TRANSFERS, OF_CLAIMS),
  'idempotency-keys.use': may(
    'IdempotencyKeysUse',
    ['dynamodb:GetItem', 'dynamodb:PutItem'],
    TRANSFERS,
    only('idem#*'),
  ),
  'transfers.count': may('TransfersCount', ['dynamodb:UpdateItem'], TRANSFERS, only('budget#*')),
  'transfers.open': may('TransfersOpen', ['dynamodb:Query'], `${TRANSFERS}/index/open`),
  'access-rules.read': may('AccessRulesRead', ['dynamodb:GetItem', 'dynamodb:Query'], ACCESS_RULES),
  'access-rules.write': may('AccessRulesWrite', ['dynamodb:PutItem'], ACCESS_RULES),
  'access-rules.remove': may('AccessRulesRemove', ['dynamodb:DeleteItem'], ACCESS_RULES),
  'downloads.read': may('DownloadsRead', ['dynamodb:Query'], DOWNLOADS),
  'downloads.write': may('DownloadsWrite', ['dynamodb:PutItem'], DOWNLOADS),
  'workflow.start': may('WorkflowStart', ['states:StartExecution'], WORKFLOW),
  'workflow.wake': may('WorkflowWake', ['states:SendTaskSuccess'], WORKFLOW),
  'workflow.status': may('WorkflowStatus', ['states:DescribeExecution'], EXECUTIONS),
  'secret.globus': mayReadSecret('SecretGlobus', 'globus-client'),
  'secret.dataverse-superuser': mayReadSecret('SecretDataverseSuperuser', 'dataverse-superuser'),
  'secret.dataverse-unblock-key': mayReadSecret('SecretDataverseUnblockKey', 'dataverse-unblock-key'),
  'secret.url-signing': mayReadSecret('SecretUrlSigning', 'url-signing'),
};

/** The log of a function's own. */
export function ownLog(functionName: string): Statement {
  return may('Log', ['logs:CreateLogStream', 'logs:PutLogEvents'], `<${functionName}/Log.Arn>`);
}

/** The key behind tables and secrets, by way of these services only. */
export function keyBehind(...services: readonly ('dynamodb' | 'secretsmanager')[]): Statement {
  const forTables = [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ];
  return may('UseKey', services.includes('dynamodb') ? forTables : ['kms:Decrypt'], '<Key.Arn>', {
    StringEquals: { 'kms:ViaService': services.map((service) => `${service}.<Region>.amazonaws.com`) },
  });
}

/** A statement that allows something. */
export function may(
  sid: string | undefined,
  actions: readonly string[],
  resource: string,
  condition?: unknown,
): Statement {
  return {
    ...(sid ? { Sid: sid } : {}),
    Effect: 'Allow',
    Action: [...actions].sort(),
    Resource: [resource],
    ...(condition ? { Condition: condition } : {}),
  };
}

/** Secrets Manager adds a hyphen and six characters to the name. */
function mayReadSecret(sid: string, name: string): Statement {
  const secret = `arn:<Partition>:secretsmanager:<Region>:<AccountId>:secret:dataverse-globus/${name}-??????`;
  return may(sid, ['secretsmanager:GetSecretValue'], secret);
}

function only(...partitionKeys: readonly string[]): unknown {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitionKeys } };
}
