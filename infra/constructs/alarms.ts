import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment/parse-deployment.ts';
import { ALARMS, type AlarmName, runbookOf } from './alarm-list.ts';
import { eventsPattern, metricFromLogs, successesOf, sumOf, sumsOver } from './alarm-metrics.ts';
import type { ServiceFunction } from './service-function.ts';

export interface AlarmsProps {
  readonly settings: Deployment['stack'];
  readonly key: IKey;
  readonly endpoints: readonly ServiceFunction[];
  readonly steps: readonly ServiceFunction[];
  readonly taskMonitor: ServiceFunction;
  readonly sweep: ServiceFunction;
  readonly api: HttpApi;
  readonly stateMachine: IStateMachine;
  readonly failedRuns: IQueue;
}

const FIVE_MINUTES = Duration.minutes(5);
const QUARTER = Duration.minutes(15);

/** What is compared with what. An alarm that looks at several periods takes the last `periods` and needs all of them. */
interface Condition {
  /** Each of several gets an alarm of its own: one alarm cannot look at more than ten functions. */
  readonly metric: IMetric | readonly IMetric[];
  readonly atLeast?: number;
  readonly below?: number;
  readonly periods?: number;
  /** What silence means; that nothing happened, unless told. */
  readonly silence?: TreatMissingData;
}

/** Tells operators of what needs them: one topic, and one alarm for each entry of the list. */
export class Alarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { masterKey: props.key, enforceSSL: true });
    // A policy of its own, which the demand for TLS makes, takes the place of the one that lets the account's alarms in.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LetAlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const { ALARM_EMAIL } = props.settings;
    if (ALARM_EMAIL) this.topic.addSubscription(new EmailSubscription(ALARM_EMAIL));
    const action = new SnsAction(this.topic);
    for (const [name, condition] of Object.entries(this.conditions(props)) as [AlarmName, Condition][]) {
      for (const [index, metric] of [condition.metric].flat().entries()) {
        const alarm = this.alarmOn(index === 0 ? name : `${name}${index + 1}`, name, metric, condition);
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
    }
  }

  private alarmOn(id: string, name: AlarmName, metric: IMetric, condition: Condition): Alarm {
    return new Alarm(this, id, {
      alarmDescription: `${ALARMS[name].heading}. ${ALARMS[name].impact} What to do: ${runbookOf(name)}`,
      metric,
      threshold: condition.atLeast ?? condition.below ?? 1,
      comparisonOperator:
        condition.below === undefined
          ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: condition.periods ?? 1,
      treatMissingData: condition.silence ?? TreatMissingData.NOT_BREACHING,
    });
  }

  private conditions(props: AlarmsProps): Record<AlarmName, Condition> {
    const { endpoints, steps, taskMonitor, sweep, api, stateMachine, failedRuns, settings } = props;
    const all = [...endpoints, ...steps, taskMonitor, sweep];
    const namespace = `DataverseGlobus/${settings.STACK_PREFIX}`;
    const counted = (metricName: string, pattern: string) =>
      metricFromLogs(
        this,
        namespace,
        all,
        { metricName, pattern, value: '1' },
        {
          statistic: Stats.SUM,
          period: FIVE_MINUTES,
        },
      );
    // Each sweep counts anew. Two periods in a row, so that what one sweep puts right alarms nobody; the numbers of a silent one stay.
    const sweepPeriod = Duration.seconds(settings.SWEEP_SECONDS);
    const stock = (member: string): Condition => ({
      metric: metricFromLogs(
        this,
        namespace,
        [sweep],
        { metricName: member, pattern: eventsPattern('stock'), value: `$.${member}` },
        { statistic: Stats.MAXIMUM, period: sweepPeriod },
      ),
      periods: 2,
      silence: TreatMissingData.IGNORE,
    });
    const executions = { period: FIVE_MINUTES, statistic: Stats.SUM };
    return {
      RulesOverdue: stock('overdueRules'),
      TransfersInAttention: stock('transfersInAttention'),
      TransfersOverdue: stock('overdueTransfers'),
      RulesDisturbed: {
        metric: counted(
          'RulesDisturbed',
          eventsPattern(
            'access-rule-restored',
            'access-rule-missing',
            'access-rule-changed',
            'access-rule-orphan-revoked',
          ),
        ),
      },
      RuleLimitReached: { metric: counted('RuleLimitReached', eventsPattern('access-rule-limit')) },
      ErrorsLogged: { metric: counted('ErrorsLogged', '{ $.level = "error" }') },
      // Globus or Dataverse that are down for a moment give a 503 or two as well. Where few people upload, five take a while.
      EndpointsFail: {
        metric: api.metricServerError({ period: QUARTER, statistic: Stats.SUM }),
        atLeast: 5,
      },
      EndpointsThrottled: { metric: sumsOver(endpoints, 'throttles', FIVE_MINUTES) },
      // Each failure is retried; one or two are weather.
      StepsFail: { metric: sumsOver(steps, 'errors', QUARTER), atLeast: 10 },
      WorkflowsFail: {
        metric: sumOf(
          [
            stateMachine.metricFailed(executions),
            stateMachine.metricTimedOut(executions),
            stateMachine.metricAborted(executions),
          ],
          FIVE_MINUTES,
        ),
      },
      // A list that Globus refuses ends no run with an error, since the next one asks again; refused each time, nobody is called.
      TaskMonitorSilent: {
        metric: successesOf(
          taskMonitor,
          QUARTER,
          metricFromLogs(
            this,
            namespace,
            [taskMonitor],
            { metricName: 'ListsFailed', pattern: eventsPattern('task-monitor-failed'), value: '1', otherwise: 0 },
            { statistic: Stats.SUM, period: QUARTER },
          ),
        ),
        below: 1,
        silence: TreatMissingData.BREACHING,
      },
      // Lambda tells of a run when it has ended, under the time when it began: the longest one must have room.
      SweepSilent: {
        metric: successesOf(sweep, sweep.timeout.plus(Duration.seconds(2 * settings.SWEEP_SECONDS))),
        below: 1,
        silence: TreatMissingData.BREACHING,
      },
      RunsFailed: {
        metric: failedRuns.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: Stats.MAXIMUM }),
      },
    };
  }
}
