import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { httpApi, steps } from '../../functions/manifest.ts';
import { ALARMS, type AlarmName } from '../../infra/constructs/alarm-list.ts';
import { readSources } from '../project/source-files.ts';
import { synthesize } from './synthesized.ts';

const installation = synthesize();
const NAMES = Object.keys(ALARMS) as AlarmName[];
const TOPIC = '<Alarms/Topic>';
const PAGE = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const SOURCES = readSources('functions')
  .map(({ code }) => code)
  .join('\n');

const alarm = (name: AlarmName) => installation.get('AWS::CloudWatch::Alarm', `Alarms/${name}`).properties;
/** Sections of the page by their headings. */
const SECTIONS = new Map(
  PAGE.split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);

/** More than the ten that one alarm can look at. */
const ENDPOINTS = [...httpApi.routes, httpApi.notFound].map(({ functionName }) => functionName);

/** When each alarm goes off: over how much, on how many periods of how long, and what silence means. Written out, to be read as a whole. */
const CONDITIONS: Readonly<Record<AlarmName, readonly [string, number, number, number, string]>> = {
  RulesOverdue: ['GreaterThanOrEqualToThreshold', 1, 2, 300, 'ignore'],
  TransfersInAttention: ['GreaterThanOrEqualToThreshold', 1, 2, 300, 'ignore'],
  TransfersOverdue: ['GreaterThanOrEqualToThreshold', 1, 2, 300, 'ignore'],
  RulesDisturbed: ['GreaterThanOrEqualToThreshold', 1, 1, 300, 'notBreaching'],
  RuleLimitReached: ['GreaterThanOrEqualToThreshold', 1, 1, 300, 'notBreaching'],
  ErrorsLogged: ['GreaterThanOrEqualToThreshold', 1, 1, 300, 'notBreaching'],
  EndpointsFail: ['GreaterThanOrEqualToThreshold', 5, 1, 900, 'notBreaching'],
  EndpointsThrottled: ['GreaterThanOrEqualToThreshold', 1, 1, 300, 'notBreaching'],
  StepsFail: ['GreaterThanOrEqualToThreshold', 10, 1, 900, 'notBreaching'],
  WorkflowsFail: ['GreaterThanOrEqualToThreshold', 1, 1, 300, 'notBreaching'],
  TaskMonitorSilent: ['LessThanThreshold', 1, 1, 900, 'breaching'],
  SweepSilent: ['LessThanThreshold', 1, 1, 1_200, 'breaching'],
  RunsFailed: ['GreaterThanOrEqualToThreshold', 1, 1, 300, 'notBreaching'],
};

/** What each alarm looks at: names of metrics, with whose they are. */
const WATCHED: Readonly<Record<AlarmName, readonly string[]>> = {
  RulesOverdue: ['overdueRules'],
  TransfersInAttention: ['transfersInAttention'],
  TransfersOverdue: ['overdueTransfers'],
  RulesDisturbed: ['RulesDisturbed'],
  RuleLimitReached: ['RuleLimitReached'],
  ErrorsLogged: ['ErrorsLogged'],
  EndpointsFail: ['5xx of <Endpoints/Api>'],
  EndpointsThrottled: ENDPOINTS.slice(0, 10).map((name) => `Throttles of <${name}/Function>`),
  StepsFail: steps.map(({ functionName }) => `Errors of <${functionName}/Function>`),
  WorkflowsFail: ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'].map(
    (name) => `${name} of <Workflow/StateMachine>`,
  ),
  TaskMonitorSilent: ['Invocations of <task-monitor/Function>', 'Errors of <task-monitor/Function>', 'ListsFailed'],
  SweepSilent: ['Invocations of <sweep/Function>', 'Errors of <sweep/Function>'],
  RunsFailed: ['ApproximateNumberOfMessagesVisible of <Schedules/FailedRuns.QueueName>'],
};

describe('the alarms', () => {
  it('are one for each entry of the list, and a second one for the endpoints, of which there are more than ten', () => {
    const made = installation.all('AWS::CloudWatch::Alarm').map(({ name }) => name);
    const expected = [...NAMES, 'EndpointsThrottled2'].map((name) => `Alarms/${name}`);
    expect(made.sort()).toEqual(expected.sort());
    const { properties } = installation.get('AWS::CloudWatch::Alarm', 'Alarms/EndpointsThrottled2');
    const { Metrics, ...same } = alarm('EndpointsThrottled');
    expect(properties).toEqual({ ...same, Metrics: expect.any(Array) });
    const watched = metricsIn(properties).map(({ metric }) => metric);
    expect(watched).toEqual(ENDPOINTS.slice(10).map((name) => `Throttles of <${name}/Function>`));
  });

  it.each(NAMES)('%s tells the topic when it goes off and when it is over', (name) => {
    expect(alarm(name)).toMatchObject({ AlarmActions: [TOPIC], OKActions: [TOPIC] });
    expect(alarm(name)['ActionsEnabled'] ?? true).toBe(true);
  });

  it.each(NAMES)('%s says what it means for people and leads to a heading of its own', (name) => {
    const { heading, impact } = ALARMS[name];
    const anchor = heading.toLowerCase().replaceAll(' ', '-');
    expect(alarm(name)['AlarmDescription']).toBe(`${heading}. ${impact} What to do: docs/operations.md#${anchor}`);
    expect(NAMES.filter((other) => ALARMS[other].heading === heading)).toEqual([name]);
  });

  it.each(NAMES)('%s goes off when it should', (name) => {
    const { ComparisonOperator, Threshold, EvaluationPeriods, TreatMissingData } = alarm(name);
    const [operator, threshold, periods, seconds, silence] = CONDITIONS[name];
    expect([ComparisonOperator, Threshold, EvaluationPeriods, TreatMissingData]).toEqual([
      operator,
      threshold,
      periods,
      silence,
    ]);
    expect(new Set(metricsOf(name).map(({ period }) => period))).toEqual(new Set([seconds]));
  });

  it.each(NAMES)('%s looks at no more than the ten metrics that an alarm may take, each what it is about', (name) => {
    const watched = metricsOf(name).map(({ metric }) => metric);
    expect(watched).toEqual(WATCHED[name]);
    expect(watched.length).toBeLessThanOrEqual(10);
  });

  it.each(['EndpointsThrottled', 'StepsFail', 'WorkflowsFail'] as const)(
    '%s takes silence of one for nothing',
    (name) => {
      const summands = metricsOf(name).map((_, index) => `m${index}`);
      const expression = `SUM([${summands.join(', ')}])`;
      expect(alarm(name)['Metrics']).toContainEqual(expect.objectContaining({ Expression: expression }));
    },
  );

  it.each([
    { name: 'TaskMonitorSilent', expression: 'FILL(invocations, 0) - FILL(errors, 0) - FILL(failures, 0)' },
    { name: 'SweepSilent', expression: 'FILL(invocations, 0) - FILL(errors, 0)' },
  ] as const)('$name counts the runs that did their work', ({ name, expression }) => {
    expect(alarm(name)['Metrics']).toContainEqual(expect.objectContaining({ Expression: expression }));
  });

  it.each([60, 300, 3_600])('leave a sweep that takes all of its time room to end, every %i s', (seconds) => {
    const { all, get } = synthesize({ SWEEP_SECONDS: seconds });
    const sweep = all('AWS::Lambda::Function').find(({ name }) => name === 'sweep/Function');
    const { Metrics } = get('AWS::CloudWatch::Alarm', 'Alarms/SweepSilent').properties;
    const periods = (Metrics as readonly { MetricStat?: MetricStat }[]).flatMap(({ MetricStat }) => MetricStat ?? []);
    for (const { Period } of periods) expect(Period).toBe(Number(sweep?.properties['Timeout']) + 2 * seconds);
    expect(periods).toHaveLength(2);
  });

  it('notify a topic that is encrypted with our key, and the address of the settings', () => {
    expect(installation.get('AWS::SNS::Topic', 'Alarms/Topic').properties['KmsMasterKeyId']).toBe('<Key.Arn>');
    expect(installation.all('AWS::SNS::Subscription').map(({ properties }) => properties)).toEqual([
      { Protocol: 'email', Endpoint: 'operators@example.edu', TopicArn: TOPIC },
    ]);
  });
});

describe('the page for operators', () => {
  it('has a section for each alarm, and none for an alarm that there is not', () => {
    const aboutAlarms = [...SECTIONS].filter(([, section]) => section.includes('*Users:*')).map(([heading]) => heading);
    expect(aboutAlarms.sort()).toEqual(NAMES.map((name) => ALARMS[name].heading).sort());
  });

  it.each(NAMES)('says of %s what it means, how to look and what to do', (name) => {
    const section = SECTIONS.get(ALARMS[name].heading) ?? '';
    for (const part of [/^\*Users:\* /m, /^\*Look:\* /m, /^\*Do:\* |\| what to do \|$/m]) expect(section).toMatch(part);
  });
});

describe('what is counted from the log', () => {
  const filters = installation.all('AWS::Logs::MetricFilter').map(({ properties }) => ({
    logGroup: String(properties['LogGroupName']),
    pattern: String(properties['FilterPattern']),
    transformations: properties['MetricTransformations'] as readonly Readonly<Record<string, string>>[],
  }));
  const events = [...new Set(filters.flatMap(({ pattern }) => [...pattern.matchAll(/event = "([^"]+)"/g)]))];

  it.each([...new Set(events.map(([, event]) => event))])('is something that a function logs: %s', (event) => {
    expect(SOURCES).toMatch(new RegExp(`log\\.(info|warn|error)\\(\\s*'${event}'`));
  });

  it('is counted for all functions, but what only one of the monitors says', () => {
    const logGroups = installation
      .all('AWS::Lambda::Function')
      .map(({ name }) => `<${name.replace('/Function', '/Log')}>`)
      .sort();
    const readIn = (metricName: string) =>
      filters
        .filter(({ transformations }) => transformations[0]?.['MetricName'] === metricName)
        .map(({ logGroup }) => logGroup)
        .sort();
    for (const name of ['RulesDisturbed', 'RuleLimitReached', 'ErrorsLogged']) expect(readIn(name)).toEqual(logGroups);
    for (const name of ['overdueRules', 'transfersInAttention', 'overdueTransfers']) {
      expect(readIn(name)).toEqual(['<sweep/Log>']);
    }
    expect(readIn('ListsFailed')).toEqual(['<task-monitor/Log>']);
    expect(filters).toHaveLength(3 * logGroups.length + 4);
  });

  it('is one for a line, and for the stock the number that the sweep has counted', () => {
    for (const { transformations } of filters) {
      const [{ MetricName, MetricValue, MetricNamespace } = {}] = transformations;
      expect(MetricNamespace).toBe('DataverseGlobus/dataverse-globus');
      expect(MetricValue).toBe(/^[A-Z]/.test(String(MetricName)) ? '1' : `$.${MetricName}`);
      // Only what is taken off a sum must never be missing.
      expect(transformations[0]?.['DefaultValue']).toBe(MetricName === 'ListsFailed' ? 0 : undefined);
    }
  });
});

interface MetricStat {
  readonly Metric: { readonly MetricName: string; readonly Dimensions?: readonly { readonly Value: string }[] };
  readonly Period: number;
}

function metricsOf(name: AlarmName) {
  return metricsIn(alarm(name));
}

/** The metrics that an alarm looks at, alone or in an expression, with the seconds of their periods. */
function metricsIn(
  properties: ReturnType<typeof alarm>,
): readonly { readonly metric: string; readonly period: unknown }[] {
  const single = { Metric: properties, Period: properties['Period'] } as unknown as MetricStat;
  const summands = (properties['Metrics'] ?? [{ MetricStat: single }]) as readonly { MetricStat?: MetricStat }[];
  return summands.flatMap(({ MetricStat }) => {
    if (!MetricStat) return [];
    const { MetricName, Dimensions = [] } = MetricStat.Metric;
    const of = Dimensions.map(({ Value }) => ` of ${Value}`).join('');
    return [{ metric: `${MetricName}${of}`, period: MetricStat.Period }];
  });
}
