import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

/** An alarm on a sum may take ten metrics. */
const MOST_SUMMANDS = 10;

/** How many of something happened to any of the functions. */
export function sumOver(
  functions: readonly ServiceFunction[],
  what: 'errors' | 'throttles' | 'invocations',
  period: Duration,
): MathExpression {
  const options = { period, statistic: Stats.SUM };
  const metrics = functions.map(({ lambda }) =>
    what === 'errors'
      ? lambda.metricErrors(options)
      : what === 'throttles'
        ? lambda.metricThrottles(options)
        : lambda.metricInvocations(options),
  );
  return sumOf(metrics, period);
}

/** The sum of up to ten metrics, each of which counts as nothing where it is silent. */
export function sumOf(metrics: readonly IMetric[], period: Duration): MathExpression {
  if (metrics.length > MOST_SUMMANDS)
    throw new RangeError(`an alarm takes ${MOST_SUMMANDS} metrics, not ${metrics.length}`);
  const using = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const expression = Object.keys(using)
    .map((name) => `FILL(${name}, 0)`)
    .join(' + ');
  return new MathExpression({ expression, usingMetrics: using, period });
}

/** Runs that ended well. */
export function successesOf(service: ServiceFunction, period: Duration): MathExpression {
  const options = { period, statistic: Stats.SUM };
  return new MathExpression({
    expression: 'FILL(invocations, 0) - FILL(errors, 0)',
    usingMetrics: {
      invocations: service.lambda.metricInvocations(options),
      errors: service.lambda.metricErrors(options),
    },
    period,
  });
}

/** A number that the functions log, as a metric. */
export interface LoggedNumber {
  readonly metricName: string;
  /** Lines that count, in CloudWatch's pattern language. */
  readonly pattern: string;
  /** The member of the line with the number; 1 for lines that are only counted. */
  readonly value: string;
}

/** Makes a metric of what these functions log. */
export function metricFromLogs(
  scope: Construct,
  namespace: string,
  functions: readonly ServiceFunction[],
  { metricName, pattern, value }: LoggedNumber,
  options: { readonly statistic: string; readonly period: Duration },
): Metric {
  for (const { functionName, logGroup } of functions) {
    new MetricFilter(scope, `${metricName}-${functionName}`, {
      logGroup,
      metricNamespace: namespace,
      metricName,
      filterPattern: FilterPattern.literal(pattern),
      metricValue: value,
    });
  }
  return new Metric({ namespace, metricName, ...options });
}

/** Lines of these events. */
export function eventsPattern(...events: readonly string[]): string {
  return `{ ${events.map((event) => `($.event = "${event}")`).join(' || ')} }`;
}
