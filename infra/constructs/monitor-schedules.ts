import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { ServiceFunction } from './service-function.ts';

/** A monitor with how often it runs. */
export interface ScheduledMonitor {
  readonly everySeconds: number;
  readonly service: ServiceFunction;
}

export interface MonitorSchedulesProps {
  readonly monitors: readonly ScheduledMonitor[];
}

/** Starts the monitors. A run that could not be started, or that failed, leaves a message; nobody repeats it, since the next run looks anew. */
export class MonitorSchedules extends Construct {
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, { monitors }: MonitorSchedulesProps) {
    super(scope, id);
    this.failedRuns = new Queue(this, 'FailedRuns', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.failedRuns, 'SQS3', 'It is itself where what failed ends up; an alarm watches it.');
    for (const monitor of monitors) this.schedule(monitor);
  }

  private schedule({ everySeconds, service: { functionName, lambda } }: ScheduledMonitor): void {
    lambda.configureAsyncInvoke({
      retryAttempts: 0,
      // A run that could not begin for so long has been overtaken by the next.
      maxEventAge: Duration.seconds(everySeconds),
      onFailure: new SqsDestination(this.failedRuns),
    });
    const role = new Role(this, `${functionName}-role`, {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        start: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'StartMonitor',
              actions: ['lambda:InvokeFunction'],
              resources: [lambda.functionArn],
            }),
            new PolicyStatement({
              sid: 'LeaveMessage',
              actions: ['sqs:SendMessage'],
              resources: [this.failedRuns.queueArn],
            }),
          ],
        }),
      },
    });
    new CfnSchedule(this, functionName, {
      description: `Starts ${functionName}`,
      scheduleExpression: rate(everySeconds),
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: lambda.functionArn,
        roleArn: role.roleArn,
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: everySeconds },
        deadLetterConfig: { arn: this.failedRuns.queueArn },
      },
    });
  }
}

/** @throws RangeError for what is no whole number of minutes: schedules know nothing shorter */
function rate(everySeconds: number): string {
  const minutes = everySeconds / 60;
  if (!Number.isInteger(minutes) || minutes < 1) throw new RangeError(`no schedule repeats every ${everySeconds} s`);
  return `rate(${minutes} minute${minutes === 1 ? '' : 's'})`;
}
