import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { steps } from '../../functions/manifest.ts';
import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';
import { synthesize } from './synthesized.ts';

const installation = synthesize();
const { properties } = installation.get('AWS::StepFunctions::StateMachine', 'Workflow/StateMachine');
const substitutions = properties['DefinitionSubstitutions'] as Readonly<Record<string, string>>;

/** As CloudFormation puts it together, with names in place of ARNs. */
function deployedDefinition(): { States: Record<string, Record<string, unknown>> } {
  const text = String(properties['DefinitionString']).replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const [, functionName] = /^<(.+)\/Function\.Arn>$/.exec(substitutions[name] ?? '') ?? [];
    if (!functionName) throw new Error(`nothing is put in place of ${name}`);
    return functionName;
  });
  return JSON.parse(text);
}

describe('the workflow as it is deployed', () => {
  it('is the definition that the local engine runs, with the ARN of each function in place of its name', () => {
    expect(deployedDefinition()).toEqual(transferWorkflowDefinition);
  });

  it('is told the ARN of every step once, and of no other function', () => {
    expect(Object.values(substitutions)).toEqual(steps.map(({ functionName }) => `<${functionName}/Function.Arn>`));
  });

  it('is accepted by an independent validator', () => {
    expect(findingsOf({})).toBe('');
  });

  it.each([
    { fault: 'leads to a state that is not there', change: { Next: 'Nowhere' } },
    { fault: 'is of no known type', change: { Type: 'Tusk' } },
    { fault: 'has nothing after it', change: { Next: undefined } },
    { fault: 'reads its input in the other language', change: { InputPath: '$.transferId' } },
  ])('would be refused by it if a state $fault', ({ change }) => {
    expect(findingsOf(change)).not.toBe('');
  });

  it('is a standard workflow with the name that the functions are told', () => {
    expect(properties).toMatchObject({
      StateMachineName: 'dataverse-globus-transfer',
      StateMachineType: 'STANDARD',
      RoleArn: '<Workflow/Role.Arn>',
    });
    expect(installation.all('AWS::StepFunctions::StateMachine')).toHaveLength(1);
  });

  it('logs every event without the data of executions, which hold the tokens that wake steps', () => {
    expect(properties['LoggingConfiguration']).toEqual({
      Level: 'ALL',
      IncludeExecutionData: false,
      Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: '<Workflow/Log.Arn>' } }],
    });
  });
});

/** What the validator finds in the definition when the state EndLease is changed so. */
function findingsOf(change: object): string {
  const definition = deployedDefinition();
  Object.assign(definition.States['EndLease'] ?? {}, change);
  return validate(definition).errorsText();
}
