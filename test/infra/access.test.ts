import { describe, expect, it } from 'vitest';
import { access, type Grant } from '../../functions/access.ts';
import { httpApi, monitors, steps } from '../../functions/manifest.ts';
import { SECRET_READERS } from '../support/secret-readers.ts';
import { EXPECTED_GRANTS, keyBehind, may, ownLog } from './expected-grants.ts';
import { allowedTo, policiesOf, type Statement, statementsIn, synthesize } from './synthesized.ts';

const installation = synthesize();
const FUNCTIONS = [...httpApi.routes, httpApi.notFound, ...steps, ...monitors].map(({ functionName }) => functionName);
const MONITORS = ['task-monitor', 'sweep'];
const rolesOfFunctions = FUNCTIONS.map((functionName) => `${functionName}/Role`);

/** By which services a function comes to the key: none is behind the two that have no table and no secret. */
const USES_KEY_VIA: Readonly<Record<string, readonly ('dynamodb' | 'secretsmanager')[]>> = {
  'not-found': [],
  'globus-upload-parameters': ['secretsmanager'],
  'list-transfers': ['dynamodb'],
  'await-report': ['dynamodb'],
  'raise-attention': ['dynamodb'],
};
const leavesMessages = may(
  undefined,
  ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
  '<Schedules/FailedRuns.Arn>',
);

function statementsOf(roleName: string): readonly Statement[] {
  return policiesOf(installation, roleName).flatMap(statementsIn);
}

describe('what a function may do', () => {
  const rows = Object.entries(access).flatMap(([functionName, granted]) =>
    Object.entries(granted).map(([grant, reason]) => ({ functionName, grant: grant as Grant, reason })),
  );

  it.each(rows)('$functionName may $grant: $reason', ({ functionName, grant }) => {
    const expected = EXPECTED_GRANTS[grant];
    expect(statementsOf(`${functionName}/Role`).filter(({ Sid }) => Sid === expected.Sid)).toEqual([expected]);
  });

  it.each(FUNCTIONS)(
    '%s may do nothing beyond that but write its own log and use the key behind it',
    (functionName) => {
      const via = USES_KEY_VIA[functionName] ?? ['dynamodb', 'secretsmanager'];
      expect(statementsOf(`${functionName}/Role`)).toEqual([
        ownLog(functionName),
        ...(Object.keys(access[functionName] ?? {}) as Grant[]).map((grant) => EXPECTED_GRANTS[grant]),
        ...(via.length > 0 ? [keyBehind(...via)] : []),
        ...(MONITORS.includes(functionName) ? [leavesMessages] : []),
      ]);
    },
  );

  it.each(FUNCTIONS)(
    '%s has a role of its own, which Lambda alone may take on, without any policy that Amazon manages',
    (functionName) => {
      const { properties } = installation.get('AWS::IAM::Role', `${functionName}/Role`);
      expect(Object.keys(properties).sort()).toEqual(['AssumeRolePolicyDocument', 'Policies', 'Tags']);
      expect(properties['AssumeRolePolicyDocument']).toEqual(assumedBy('lambda.amazonaws.com'));
      const users = installation
        .all('AWS::Lambda::Function')
        .filter((each) => each.properties['Role'] === `<${functionName}/Role.Arn>`);
      expect(users.map(({ name }) => name)).toEqual([`${functionName}/Function`]);
    },
  );
});

describe('who may do what', () => {
  it('lets these functions, and no others, read the token of the superuser', () => {
    expect(readersOf('dataverse-superuser')).toEqual(SECRET_READERS['dataverse-superuser']);
  });

  it('lets these functions, and no others, read the unblock key', () => {
    expect(readersOf('dataverse-unblock-key')).toEqual(SECRET_READERS['dataverse-unblock-key']);
  });

  it('lets the handlers of requests alone read the keys that sign our URLs', () => {
    expect(readersOf('url-signing')).toEqual(SECRET_READERS['url-signing']);
  });

  it('lets the task monitor count its calls and wake steps, but neither write nor remove nor start anything', () => {
    expect(allowedTo(statementsOf('task-monitor/Role'))).toEqual([
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'secretsmanager:GetSecretValue',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:SendMessage',
      'states:SendTaskSuccess',
    ]);
  });

  it('lets nobody scan a table, and nobody but these change the row of an access rule', () => {
    const mayDo = (action: string, table: string) =>
      FUNCTIONS.filter((functionName) =>
        statementsOf(`${functionName}/Role`).some(
          ({ Action, Resource }) => Action.includes(action) && Resource.includes(table),
        ),
      );
    const changers = mayDo('dynamodb:PutItem', '<Tables/AccessRules.Arn>');
    expect(changers).toEqual([
      'request-globus-upload-paths',
      'add-globus-files',
      'request-globus-download',
      'monitor-globus-download',
      'retry-transfer',
      'end-lease',
      'release-access-rule',
      'register-files',
      'close-transfer',
      'sweep',
    ]);
    expect(mayDo('dynamodb:DeleteItem', '<Tables/AccessRules.Arn>')).toEqual(changers);
    expect(FUNCTIONS.flatMap((name) => allowedTo(statementsOf(`${name}/Role`)))).not.toContain('dynamodb:Scan');
  });

  it.each([
    { roleName: 'Workflow/Role', service: 'states.amazonaws.com' },
    { roleName: 'Schedules/task-monitor-role', service: 'scheduler.amazonaws.com' },
    { roleName: 'Schedules/sweep-role', service: 'scheduler.amazonaws.com' },
  ])('lets $service alone take on $roleName, for this account', ({ roleName, service }) => {
    const { properties } = installation.get('AWS::IAM::Role', roleName);
    expect(properties['AssumeRolePolicyDocument']).toEqual(
      assumedBy(service, { Condition: { StringEquals: { 'aws:SourceAccount': '<AccountId>' } } }),
    );
    expect(properties).not.toHaveProperty('ManagedPolicyArns');
  });

  it('lets the workflow invoke its steps and write its log', () => {
    expect(statementsOf('Workflow/Role')).toEqual([
      {
        ...may('InvokeSteps', ['lambda:InvokeFunction'], ''),
        Resource: steps.map(({ functionName }) => `<${functionName}/Function.Arn>`).sort(),
      },
      may(
        undefined,
        [
          'logs:CreateLogDelivery',
          'logs:GetLogDelivery',
          'logs:UpdateLogDelivery',
          'logs:DeleteLogDelivery',
          'logs:ListLogDeliveries',
          'logs:PutResourcePolicy',
          'logs:DescribeResourcePolicies',
          'logs:DescribeLogGroups',
        ],
        '*',
      ),
    ]);
  });

  it.each(MONITORS)('lets the schedule of %s start it, and leave a message where it cannot', (functionName) => {
    expect(statementsOf(`Schedules/${functionName}-role`)).toEqual([
      may('StartMonitor', ['lambda:InvokeFunction'], `<${functionName}/Function.Arn>`),
      may('LeaveMessage', ['sqs:SendMessage'], '<Schedules/FailedRuns.Arn>'),
    ]);
  });

  it('has no other role, policy, user or group', () => {
    const named = (type: string) => installation.all(type).map(({ name }) => name);
    expect(named('AWS::IAM::Role').sort()).toEqual(
      [...rolesOfFunctions, 'Workflow/Role', 'Schedules/task-monitor-role', 'Schedules/sweep-role'].sort(),
    );
    expect(named('AWS::IAM::Policy').sort()).toEqual([
      'Workflow/Role/DefaultPolicy',
      'sweep/Role/DefaultPolicy',
      'task-monitor/Role/DefaultPolicy',
    ]);
    for (const type of ['ManagedPolicy', 'RolePolicy', 'User', 'Group']) expect(named(`AWS::IAM::${type}`)).toEqual([]);
  });

  it('has no action with a wildcard, and a resource with one for log delivery and our own executions only', () => {
    const statements = installation.all('AWS::IAM::Role').flatMap(({ name }) => statementsOf(name));
    expect(allowedTo(statements).filter((action) => action.includes('*'))).toEqual([]);
    const wide = statements.filter(({ Resource }) => Resource.some((resource) => resource.includes('*')));
    expect(wide.map(({ Sid, Action }) => Sid ?? Action[0])).toEqual(['WorkflowStatus', 'logs:CreateLogDelivery']);
  });
});

function readersOf(secret: string): readonly string[] {
  return FUNCTIONS.filter((functionName) =>
    statementsOf(`${functionName}/Role`).some(({ Resource }) =>
      Resource.some((resource) => resource.endsWith(`:secret:dataverse-globus/${secret}-??????`)),
    ),
  );
}

function assumedBy(service: string, condition: object = {}): unknown {
  const statement = { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: service }, ...condition };
  return { Statement: [statement], Version: '2012-10-17' };
}
