import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** A log that is kept for so many days, also when what wrote it is gone. */
export function keptLog(scope: Construct, id: string, retentionDays: number): LogGroup {
  return new LogGroup(scope, id, { retention: retentionDays, removalPolicy: RemovalPolicy.RETAIN });
}

/**
 * A log that a service of AWS writes by itself. Such services add each log to one policy of the account, which is full at 5,120 characters
 * unless the log's name begins with `/aws/vendedlogs/`. The name is fixed, so the log goes with its stack: kept, it would stand in the way
 * of the next one.
 * @param name - what stands behind that beginning
 */
export function deliveredLog(scope: Construct, id: string, name: string, retentionDays: number): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName: `/aws/vendedlogs/${name}`,
    retention: retentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
