import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { RecordTables } from '../constructs/record-tables.ts';
import { ServiceSecrets } from '../constructs/service-secrets.ts';
import type { Deployment } from '../deployment/parse-deployment.ts';

export interface DataStackProps extends StackProps {
  readonly deployment: Deployment;
}

/** What outlives every deployment: the records, the secrets, and the key that encrypts them. */
export class DataStack extends Stack {
  readonly key: Key;
  readonly tables: RecordTables;
  readonly secrets: ServiceSecrets;

  constructor(scope: Construct, id: string, { deployment, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    this.key = new Key(this, 'Key', {
      description: `Records, secrets and alarms of ${deployment.stack.STACK_PREFIX}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Alarms reach the topic, which this key encrypts. The actions are those that CloudWatch's own guide names.
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LetAlarmsReachTheTopic',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    this.tables = new RecordTables(this, 'Tables', { key: this.key });
    this.secrets = new ServiceSecrets(this, 'Secrets', { settings: deployment.functions, key: this.key });
  }
}
