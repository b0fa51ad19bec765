import { CfnRule, Fn, type Stack } from 'aws-cdk-lib';

/** Makes CloudFormation refuse to deploy a stack: its settings are the example's, which everybody knows and nobody can use. */
export function onlyForALook(stack: Stack): void {
  new CfnRule(stack, 'OnlyForALook', {
    assertions: [
      {
        assert: Fn.conditionEquals('deployment.example.json', 'deployment.json'),
        assertDescription:
          'These are the settings of the example. Deploy with a deployment.json of your own: docs/deploy.md.',
      },
    ],
  });
}
