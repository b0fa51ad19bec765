import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** A log that is kept for so many days, also when what wrote it is gone. */
export function keptLog(scope: Construct, id: string, retentionDays: number): LogGroup {
  return new LogGroup(scope, id, { retention: retentionDays, removalPolicy: RemovalPolicy.RETAIN });
}
