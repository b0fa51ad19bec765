import { describe, expect, it } from 'vitest';
import { ALARMS, type AlarmName } from '../../infra/constructs/alarm-list.ts';
import { synthesize } from './synthesized.ts';

const installation = synthesize();
const NAMES = Object.keys(ALARMS) as AlarmName[];
/** What says how much there is at the moment, and not how often something has happened. */
const LEVELS: readonly AlarmName[] = ['RulesOverdue', 'TransfersInAttention', 'TransfersOverdue', 'RunsFailed'];

/** The lines of the log that count, by the name of the metric. */
const PATTERNS: Readonly<Record<string, string>> = {
  overdueRules: events('stock'),
  transfersInAttention: events('stock'),
  overdueTransfers: events('stock'),
  RulesDisturbed: events(
    'access-rule-restored',
    'access-rule-missing',
    'access-rule-changed',
    'access-rule-orphan-revoked',
  ),
  RuleLimitReached: events('access-rule-limit'),
  ErrorsLogged: '{ $.level = "error" }',
  ListsFailed: events('task-monitor-failed'),
};

function events(...names: readonly string[]): string {
  return `{ ${names.map((name) => `($.event = "${name}")`).join(' || ')} }`;
}

/** How an alarm puts together the numbers of one period, once for each metric that it looks at. */
function statisticsOf(name: AlarmName): readonly unknown[] {
  const { Statistic, Metrics } = installation.get('AWS::CloudWatch::Alarm', `Alarms/${name}`).properties;
  const summands = Metrics as readonly { readonly MetricStat?: { readonly Stat: string } }[] | undefined;
  return summands?.flatMap(({ MetricStat }) => MetricStat?.Stat ?? []) ?? [Statistic];
}

describe('the metrics of the alarms', () => {
  it.each(NAMES)('are summed up where something is counted, and the highest where there is a level: %s', (name) => {
    expect(new Set(statisticsOf(name))).toEqual(new Set([LEVELS.includes(name) ? 'Maximum' : 'Sum']));
  });

  it('are made from the lines that they are about', () => {
    const filters = installation.all('AWS::Logs::MetricFilter').map(({ properties }) => {
      const [transformation] = properties['MetricTransformations'] as readonly { readonly MetricName: string }[];
      return [transformation?.MetricName, properties['FilterPattern']] as const;
    });
    expect(Object.fromEntries(filters)).toEqual(PATTERNS);
    for (const [metricName = '', pattern] of filters) expect(pattern).toBe(PATTERNS[metricName]);
  });
});
