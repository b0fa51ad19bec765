import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { onlyForALook } from './constructs/only-for-a-look.ts';
import type { Deployment } from './deployment/parse-deployment.ts';
import { ApiStack } from './stacks/api-stack.ts';
import { DataStack } from './stacks/data-stack.ts';

export interface Installation {
  readonly app: App;
  readonly data: DataStack;
  readonly api: ApiStack;
}

/**
 * Puts an installation together: what is kept in one stack, what works on it in another. Neither is bound to an account or a Region.
 * @param bundleOf - folder with the bundle of a function
 */
export function buildApp(app: App, deployment: Deployment, bundleOf: (functionName: string) => string): Installation {
  const prefix = deployment.stack.STACK_PREFIX;
  const data = new DataStack(app, `${prefix}-data`, {
    deployment,
    description: 'Globus for Dataverse: records, secrets and their key',
  });
  const api = new ApiStack(app, `${prefix}-api`, {
    deployment,
    data,
    bundleOf,
    description: 'Globus for Dataverse: endpoints, workflow, monitors, alarms',
  });
  if (deployment.isExample) for (const stack of [data, api]) onlyForALook(stack);
  Tags.of(app).add('application', prefix);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, data, api };
}
