import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type Table as TableOfManifest, tables } from '../../functions/manifest.ts';

export interface RecordTablesProps {
  /** Encrypts all tables. */
  readonly key: IKey;
}

/** The tables of the manifest. What they hold is the only memory of who may write where: nothing removes them. */
export class RecordTables extends Construct {
  readonly accessRules: Table;
  readonly transfers: Table;
  readonly downloads: Table;

  constructor(scope: Construct, id: string, props: RecordTablesProps) {
    super(scope, id);
    this.accessRules = this.table('AccessRules', tables.accessRules, props);
    this.transfers = this.table('Transfers', tables.transfers, props);
    this.downloads = this.table('Downloads', tables.downloads, props);
  }

  private table(id: string, design: TableOfManifest, { key }: RecordTablesProps): Table {
    const { partitionKey, sortKey, indexes, timeToLiveAttribute } = design;
    const table = new Table(this, id, {
      partitionKey: { name: partitionKey, type: AttributeType.STRING },
      sortKey: { name: sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      ...(timeToLiveAttribute ? { timeToLiveAttribute } : {}),
      resourcePolicy: new PolicyDocument({ statements: [refuseWithoutTls()] }),
    });
    for (const index of indexes) {
      table.addGlobalSecondaryIndex({
        indexName: index.indexName,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: AttributeType.STRING },
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...index.attributes],
      });
    }
    return table;
  }
}

/** DynamoDB answers plain http as well. In a table's own policy `*` is that table. */
function refuseWithoutTls(): PolicyStatement {
  return new PolicyStatement({
    sid: 'RefuseWithoutTls',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['dynamodb:*'],
    resources: ['*'],
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  });
}
