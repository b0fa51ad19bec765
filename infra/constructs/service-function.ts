import { Duration } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { access } from '../../functions/access.ts';
import { type Estate, functionRole } from './function-role.ts';
import { keptLog } from './kept-log.ts';

/** 1 GB buys more than half a processor: signing, TLS and a body of 4.5 MB take their time on less, and an idle wait costs nothing here. */
const MEMORY_MEGABYTES = 1_024;

/** A function of the manifest. */
export interface FunctionOfManifest {
  readonly functionName: string;
  readonly timeoutSeconds: number;
}

/** What all functions of an installation share. */
export interface FunctionSurroundings {
  /** Folder with the bundle of a function. */
  readonly bundleOf: (functionName: string) => string;
  readonly environment: Readonly<Record<string, string>>;
  readonly estate: Estate;
  readonly logRetentionDays: number;
}

/** One Lambda function with a role and a log of its own. */
export class ServiceFunction extends Construct {
  readonly functionName: string;
  readonly lambda: LambdaFunction;
  readonly timeout: Duration;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, { functionName, timeoutSeconds }: FunctionOfManifest, around: FunctionSurroundings) {
    super(scope, functionName);
    this.functionName = functionName;
    this.timeout = Duration.seconds(timeoutSeconds);
    this.logGroup = keptLog(this, 'Log', around.logRetentionDays);
    this.lambda = new LambdaFunction(this, 'Function', {
      description: `Globus for Dataverse: ${functionName}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(around.bundleOf(functionName)),
      handler: 'index.handler',
      timeout: this.timeout,
      memorySize: MEMORY_MEGABYTES,
      // Stacks of errors name the lines of the sources.
      environment: { ...around.environment, NODE_OPTIONS: '--enable-source-maps' },
      role: functionRole(this, {
        access: access[functionName] ?? {},
        estate: around.estate,
        logGroup: this.logGroup,
      }),
      logGroup: this.logGroup,
    });
  }
}
