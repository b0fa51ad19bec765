import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment/parse-deployment.ts';
import { acknowledge } from './acknowledge.ts';

/** The grants of `functions/access.ts` that are about secrets. */
export type SecretGrant =
  | 'secret.globus'
  | 'secret.dataverse-superuser'
  | 'secret.dataverse-unblock-key'
  | 'secret.url-signing';

export interface ServiceSecretsProps {
  readonly settings: Deployment['functions'];
  readonly key: IKey;
}

/**
 * The secrets that the settings name, made empty: no template and no state of a deployment ever holds a value. An operator puts the values
 * (docs/deploy.md); until then the functions say which one is missing.
 */
export class ServiceSecrets extends Construct {
  /** ARNs of the secrets that a grant is about. */
  readonly arns: Readonly<Record<SecretGrant, readonly string[]>>;

  constructor(scope: Construct, id: string, { settings, key }: ServiceSecretsProps) {
    super(scope, id);
    acknowledge(
      this,
      'SMG4',
      'What they hold is given out by Globus, by Dataverse and by the operator, and changed there by hand first (docs/operations.md).',
    );
    const make = (name: string, holds: string): string => {
      // Encoded, since ids know no slash, and names that differ in one character must stay apart.
      const secret = new CfnSecret(this, encodeURIComponent(name), {
        name,
        description: `${holds}; put by hand, see docs/deploy.md`,
        kmsKeyId: key.keyArn,
      });
      // Left behind by a deployment that failed, an empty one would keep the next from making it: its name is fixed.
      secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
      return arnOf(this, name);
    };
    const unblockKey = settings.DATAVERSE_UNBLOCK_KEY_SECRET;
    this.arns = {
      'secret.globus': [...new Set(settings.STORES.map((store) => store.globusSecret))].map((name) =>
        make(name, 'Client id and client secret of the service at Globus'),
      ),
      'secret.dataverse-superuser': [
        make(settings.DATAVERSE_SUPERUSER_SECRET, "API token of the service's superuser account in Dataverse"),
      ],
      'secret.dataverse-unblock-key': unblockKey ? [make(unblockKey, "Dataverse's unblock key")] : [],
      'secret.url-signing': [make(settings.URL_SIGNING_SECRET, 'Keys that sign our URLs')],
    };
  }
}

/**
 * By its name, with the six characters that Secrets Manager adds. A reference to the resource would be an export, which cannot go while the
 * functions import it: a secret could then never be named anew.
 */
function arnOf(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${name}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
