import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';
import { acknowledge } from './acknowledge.ts';
import { deliveredLog } from './kept-log.ts';
import type { ServiceFunction } from './service-function.ts';

export interface TransferWorkflowProps {
  readonly stateMachineName: string;
  readonly steps: readonly ServiceFunction[];
  readonly logRetentionDays: number;
}

/** The state machine, with the very definition that the local engine runs: only the names of functions become their ARNs. */
export class TransferWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { stateMachineName, steps, logRetentionDays }: TransferWorkflowProps) {
    super(scope, id);
    const log = deliveredLog(this, 'Log', `states/${stateMachineName}`, logRetentionDays);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definitionWithPlaceholders(steps)),
      definitionSubstitutions: Object.fromEntries(
        steps.map(({ functionName, lambda }) => [placeholderOf(functionName), lambda.functionArn]),
      ),
      role: new Role(this, 'Role', {
        assumedBy: new ServicePrincipal('states.amazonaws.com', {
          conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
        }),
        inlinePolicies: {
          steps: new PolicyDocument({
            statements: [
              new PolicyStatement({
                sid: 'InvokeSteps',
                actions: ['lambda:InvokeFunction'],
                resources: steps.map(({ lambda }) => lambda.functionArn),
              }),
            ],
          }),
        },
      }),
      // Data of executions holds task tokens, which wake steps: it stays out of the log.
      logs: { destination: log, level: LogLevel.ALL, includeExecutionData: false },
    });
    acknowledge(
      this,
      'IAM5[Resource::*]',
      'The delivery of logs is set up by calls that know no resource; Step Functions demands them for its own log.',
    );
    acknowledge(
      this,
      'SF2',
      'A transfer takes hours and is waiting nearly all of it; its record carries the trail, and each log line its id.',
    );
  }
}

/** The definition's text, in which CloudFormation puts ARNs in place of `${…}`. */
function definitionWithPlaceholders(steps: readonly ServiceFunction[]): string {
  const names = new Set(steps.map(({ functionName }) => functionName));
  return JSON.stringify(transferWorkflowDefinition, (key, value: unknown) => {
    if (key !== 'FunctionName') return value;
    if (typeof value !== 'string' || !names.has(value))
      throw new Error(`The workflow invokes ${value}, which is no step.`);
    return `\${${placeholderOf(value)}}`;
  });
}

/** Names of substitutions have letters and digits only. */
function placeholderOf(functionName: string): string {
  return functionName.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
