import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../functions/config.ts';
import { httpApi, monitors, steps } from '../../functions/manifest.ts';
import { EXAMPLE, synthesize } from './synthesized.ts';

const FUNCTIONS = [...httpApi.routes, httpApi.notFound, ...steps, ...monitors];
/** What the settings below come to; those of the example leave all that to the defaults. */
const SECOND = {
  STACK_PREFIX: 'second',
  CORS_ORIGINS: ['https://app.dataverse.edu', 'https://other.dataverse.edu:8443'],
  REQUESTS_PER_SECOND: 7,
  REQUEST_BURST: 9,
  LOG_RETENTION_DAYS: 30,
  SWEEP_SECONDS: 60,
  LEASE_SECONDS: 600,
  DATAVERSE_UNBLOCK_KEY_SECRET: null,
};
const INSTALLATIONS = [
  {
    installation: synthesize(),
    prefix: 'dataverse-globus',
    origins: ['https://gdcc.github.io'],
    throttle: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    retentionDays: 90,
    sweep: { rate: 'rate(5 minutes)', seconds: 300 },
    settings: { DATAVERSE_UNBLOCK_KEY_SECRET: 'dataverse-globus/dataverse-unblock-key' },
  },
  {
    installation: synthesize(SECOND),
    prefix: 'second',
    origins: SECOND.CORS_ORIGINS,
    throttle: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 },
    retentionDays: 30,
    sweep: { rate: 'rate(1 minute)', seconds: 60 },
    settings: { LEASE_SECONDS: '600' },
  },
];

describe.each(INSTALLATIONS)(
  'the API of the installation $prefix',
  ({ installation, origins, throttle, retentionDays }) => {
    const integrations = installation.all('AWS::ApiGatewayV2::Integration');

    it('has the routes of the manifest below both prefixes, one for anything else, and no others', () => {
      const expected = httpApi.routes.flatMap(({ method, path, functionName }) =>
        httpApi.prefixes.map((prefix) => [`${method} ${prefix}${path}`, functionName]),
      );
      const served = installation.all('AWS::ApiGatewayV2::Route').map(({ properties }) => {
        const integration = integrations.find(({ name }) => properties['Target'] === `integrations/<${name}>`);
        return [properties['RouteKey'], functionOf(integration?.properties['IntegrationUri'])];
      });
      expect(served.sort()).toEqual([...expected, ['$default', httpApi.notFound.functionName]].sort());
    });

    it('has one integration for each of its functions, with the events that the handlers read', () => {
      expect(integrations.map(({ properties }) => functionOf(properties['IntegrationUri']))).toEqual(
        [...httpApi.routes, httpApi.notFound].map(({ functionName }) => functionName),
      );
      for (const { properties } of integrations) {
        expect(properties).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
      }
    });

    it('may invoke each of its functions by one permission, and nobody else may', () => {
      const permissions = installation.all('AWS::Lambda::Permission').map(({ properties }) => properties);
      expect(permissions).toEqual(
        [...httpApi.routes, httpApi.notFound].map(({ functionName }) => ({
          Action: 'lambda:InvokeFunction',
          FunctionName: `<${functionName}/Function.Arn>`,
          Principal: 'apigateway.amazonaws.com',
          SourceArn: `arn:<Partition>:execute-api:<Region>:<AccountId>:<Endpoints/Api>/${
            // The route $default comes as <stage>/$default, any other one as <stage>/<method>/<path>.
            functionName === httpApi.notFound.functionName ? '*/*' : '*/*/*'
          }`,
        })),
      );
    });

    it('lets browsers call from the origins of the settings, as the manifest says', () => {
      expect(installation.get('AWS::ApiGatewayV2::Api', 'Endpoints/Api').properties['CorsConfiguration']).toEqual({
        AllowOrigins: origins,
        AllowMethods: ['GET', 'POST', 'OPTIONS'],
        AllowHeaders: ['content-type', 'x-dataverse-key', 'authorization', 'idempotency-key'],
        MaxAge: 600,
      });
    });

    it('takes so many requests a second on every route, and counts each route apart', () => {
      const stages = installation.all('AWS::ApiGatewayV2::Stage').map(({ properties }) => properties);
      expect(stages).toMatchObject([{ StageName: '$default', AutoDeploy: true }]);
      expect(stages[0]?.['DefaultRouteSettings']).toEqual({ ...throttle, DetailedMetricsEnabled: true });
      expect(stages[0]).not.toHaveProperty('RouteSettings');
    });

    it('notes of a request what it was and how it ended, and neither its query nor its headers, which hold keys', () => {
      const { properties } = installation.get('AWS::ApiGatewayV2::Stage', 'Endpoints/Stage');
      const { DestinationArn, Format } = properties['AccessLogSettings'] as { DestinationArn: string; Format: string };
      expect(DestinationArn).toBe('<Endpoints/AccessLog.Arn>');
      expect(Object.values(JSON.parse(Format)).sort()).toEqual([
        '$context.identity.sourceIp',
        '$context.integrationErrorMessage',
        '$context.path',
        '$context.requestId',
        '$context.requestTime',
        '$context.responseLatency',
        '$context.responseLength',
        '$context.routeKey',
        '$context.status',
      ]);
    });

    it('keeps every log for as long as the settings say, and what functions wrote also when they are gone', () => {
      const logs = installation.all('AWS::Logs::LogGroup');
      expect(logs.map(({ name }) => name).sort()).toEqual(
        [...FUNCTIONS.map(({ functionName }) => `${functionName}/Log`), 'Endpoints/AccessLog', 'Workflow/Log'].sort(),
      );
      for (const log of logs) {
        expect(log.properties['RetentionInDays']).toBe(retentionDays);
        // Where AWS delivers a log, its name is fixed, so that it must go with its stack.
        const isDelivered = String(log.properties['LogGroupName'] ?? '').startsWith('/aws/vendedlogs/');
        expect(isDelivered).toBe(['Endpoints/AccessLog', 'Workflow/Log'].includes(log.name));
        const policy = isDelivered ? 'Delete' : 'Retain';
        expect([log.deletionPolicy, log.updateReplacePolicy]).toEqual([policy, policy]);
      }
    });
  },
);

describe.each(INSTALLATIONS)('the functions of the installation $prefix', ({ installation, prefix, settings }) => {
  const environmentOf = (functionName: string) => {
    const { properties } = installation.get('AWS::Lambda::Function', `${functionName}/Function`);
    return (properties['Environment'] as { Variables: Readonly<Record<string, string>> }).Variables;
  };

  it('are those of the manifest and no others', () => {
    expect(installation.all('AWS::Lambda::Function').map(({ name }) => name)).toEqual(
      FUNCTIONS.map(({ functionName }) => `${functionName}/Function`),
    );
  });

  it.each(FUNCTIONS)(
    'run $functionName on Node 24 and arm64 for $timeoutSeconds s at most',
    ({ functionName, timeoutSeconds }) => {
      expect(installation.get('AWS::Lambda::Function', `${functionName}/Function`).properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: timeoutSeconds,
        MemorySize: 1_024,
        LoggingConfig: { LogGroup: `<${functionName}/Log>` },
      });
    },
  );

  it.each(FUNCTIONS)(
    'tell $functionName the settings, the tables and the workflow, and nothing else',
    ({ functionName }) => {
      expect(environmentOf(functionName)).toEqual({
        SITE_URL: EXAMPLE['SITE_URL'],
        DATAVERSE_URL: EXAMPLE['DATAVERSE_URL'],
        STORES: JSON.stringify(EXAMPLE['STORES']),
        DATAVERSE_SUPERUSER_SECRET: EXAMPLE['DATAVERSE_SUPERUSER_SECRET'],
        URL_SIGNING_SECRET: EXAMPLE['URL_SIGNING_SECRET'],
        ...settings,
        ACCESS_RULES_TABLE: '<Tables/AccessRules>',
        TRANSFERS_TABLE: '<Tables/Transfers>',
        DOWNLOADS_TABLE: '<Tables/Downloads>',
        STATE_MACHINE_ARN: `arn:<Partition>:states:<Region>:<AccountId>:stateMachine:${prefix}-transfer`,
        NODE_OPTIONS: '--enable-source-maps',
      });
    },
  );

  it('start with what they are told', () => {
    expect(parseSettings(environmentOf('sweep'))).toMatchObject({
      dataverseUrl: 'https://dataverse-direct.example.edu',
      leaseSeconds: Number(settings.LEASE_SECONDS ?? 300),
      dataverseUnblockKeySecret: settings.DATAVERSE_UNBLOCK_KEY_SECRET,
    });
  });

  it('have no secret, and no statement about one, where the settings name none', () => {
    const isNamed = settings.DATAVERSE_UNBLOCK_KEY_SECRET !== undefined;
    const mentions = (part: unknown) => JSON.stringify(part).includes('unblock-key');
    expect(installation.all('AWS::SecretsManager::Secret').some(({ name }) => mentions(name))).toBe(isNamed);
    expect(installation.all('AWS::IAM::Role').some(({ properties }) => mentions(properties))).toBe(isNamed);
  });
});

describe.each(INSTALLATIONS)('the schedules of the installation $prefix', ({ installation, sweep }) => {
  const MONITORS = [
    { functionName: 'task-monitor', rate: 'rate(1 minute)', seconds: 60 },
    { functionName: 'sweep', ...sweep },
  ];

  it('are one for each monitor of the manifest', () => {
    expect(installation.all('AWS::Scheduler::Schedule').map(({ name }) => name)).toEqual(
      monitors.map(({ functionName }) => `Schedules/${functionName}`),
    );
    expect(MONITORS).toHaveLength(monitors.length);
  });

  it.each(MONITORS)(
    'start $functionName at $rate, once, and leave a message where they cannot',
    ({ functionName, rate, seconds }) => {
      expect(installation.get('AWS::Scheduler::Schedule', `Schedules/${functionName}`).properties).toEqual({
        Description: `Starts ${functionName}`,
        ScheduleExpression: rate,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: `<${functionName}/Function.Arn>`,
          RoleArn: `<Schedules/${functionName}-role.Arn>`,
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: seconds },
          DeadLetterConfig: { Arn: '<Schedules/FailedRuns.Arn>' },
        },
      });
    },
  );

  it.each(MONITORS)(
    'have a run of $functionName that fails leave a message, and do not repeat it',
    ({ functionName, seconds }) => {
      const configs = installation.all('AWS::Lambda::EventInvokeConfig').map(({ properties }) => properties);
      expect(configs).toHaveLength(MONITORS.length);
      expect(configs).toContainEqual({
        FunctionName: `<${functionName}/Function>`,
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: seconds,
        DestinationConfig: { OnFailure: { Destination: '<Schedules/FailedRuns.Arn>' } },
      });
    },
  );

  it('keep such messages for two weeks, encrypted', () => {
    expect(installation.get('AWS::SQS::Queue', 'Schedules/FailedRuns').properties).toMatchObject({
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });
});

function functionOf(arn: unknown): string | undefined {
  return /^<(.+)\/Function\.Arn>$/.exec(String(arn))?.[1];
}
