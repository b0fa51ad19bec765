import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

/** An alarm on a sum may take ten metrics. */
const MOST_SUMMANDS = 10;

/** How many of something happened to any of the functions: one sum for each ten of them. */
export function sumsOver(
  functions: readonly ServiceFunction[],
  what: 'errors' | 'throttles',
  period: Duration,
): readonly MathExpression[] {
  const options = { period, statistic: Stats.SUM };
  const metrics = functions.map(({ lambda }) =>
    what === 'errors' ? lambda.metricErrors(options) : lambda.metricThrottles(options),
  );
  const groups = Array.from({ length: Math.ceil(metrics.length / MOST_SUMMANDS) }, (_, index) =>
    metrics.slice(index * MOST_SUMMANDS, (index + 1) * MOST_SUMMANDS),
  );
  return groups.map((group) => sumOf(group, period));
}

/**
 * The sum of up to ten metrics, each of which counts as nothing where it is silent: a function that nobody ever called has no metric at all,
 * which a sum over a list leaves out, while `+` has no answer then.
 */
export function sumOf(metrics: readonly IMetric[], period: Duration): MathExpression {
  if (metrics.length > MOST_SUMMANDS)
    throw new RangeError(`an alarm takes ${MOST_SUMMANDS} metrics, not ${metrics.length}`);
  const using = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new MathExpression({ expression: `SUM([${Object.keys(using).join(', ')}])`, usingMetrics: using, period });
}

/**
 * Runs that ended well.
 * @param failures - counts runs that ended without an error and did not do their work all the same
 */
export function successesOf(service: ServiceFunction, period: Duration, failures?: IMetric): MathExpression {
  const options = { period, statistic: Stats.SUM };
  return new MathExpression({
    expression: `FILL(invocations, 0) - FILL(errors, 0)${failures ? ' - FILL(failures, 0)' : ''}`,
    usingMetrics: {
      invocations: service.lambda.metricInvocations(options),
      errors: service.lambda.metricErrors(options),
      ...(failures ? { failures } : {}),
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
  /** What every other line counts; nothing unless told, so that the metric has gaps. */
  readonly otherwise?: number;
}

/** Makes a metric of what these functions log. */
export function metricFromLogs(
  scope: Construct,
  namespace: string,
  functions: readonly ServiceFunction[],
  { metricName, pattern, value, otherwise }: LoggedNumber,
  options: { readonly statistic: string; readonly period: Duration },
): Metric {
  for (const { functionName, logGroup } of functions) {
    new MetricFilter(scope, `${metricName}-${functionName}`, {
      logGroup,
      metricNamespace: namespace,
      metricName,
      filterPattern: FilterPattern.literal(pattern),
      metricValue: value,
      ...(otherwise === undefined ? {} : { defaultValue: otherwise }),
    });
  }
  return new Metric({ namespace, metricName, ...options });
}

/** Lines of these events. */
export function eventsPattern(...events: readonly string[]): string {
  return `{ ${events.map((event) => `($.event = "${event}")`).join(' || ')} }`;
}
