import { ArnFormat, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { httpApi, monitors, steps, transferWorkflow } from '../../functions/manifest.ts';
import { Alarms } from '../constructs/alarms.ts';
import { Endpoints } from '../constructs/endpoints.ts';
import { MonitorSchedules } from '../constructs/monitor-schedules.ts';
import { type FunctionOfManifest, ServiceFunction } from '../constructs/service-function.ts';
import { TransferWorkflow } from '../constructs/transfer-workflow.ts';
import type { Deployment } from '../deployment/parse-deployment.ts';
import type { DataStack } from './data-stack.ts';

export interface ApiStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly data: DataStack;
  /** Folder with the bundle of a function. */
  readonly bundleOf: (functionName: string) => string;
}

/** Everything that works: endpoints, workflow, monitors, and the alarms on them. It keeps nothing and may be replaced at any time. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, data, bundleOf, ...props }: ApiStackProps) {
    super(scope, id, props);
    const settings = deployment.stack;
    // The functions must know the workflow and the workflow the functions: a name that is fixed beforehand breaks the circle.
    const stateMachineName = `${settings.STACK_PREFIX}-${transferWorkflow.stateMachineName}`;
    const stateMachineArn = this.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: stateMachineName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const around = {
      bundleOf,
      environment: {
        ...deployment.functionEnvironment,
        ACCESS_RULES_TABLE: data.tables.accessRules.tableName,
        TRANSFERS_TABLE: data.tables.transfers.tableName,
        DOWNLOADS_TABLE: data.tables.downloads.tableName,
        STATE_MACHINE_ARN: stateMachineArn,
      },
      estate: {
        tables: data.tables,
        secrets: data.secrets,
        keyArn: data.key.keyArn,
        stateMachineArn,
        stateMachineName,
      },
      logRetentionDays: settings.LOG_RETENTION_DAYS,
    };
    const make = (of: FunctionOfManifest) => new ServiceFunction(this, of, around);
    const endpointFunctions = [...httpApi.routes, httpApi.notFound].map(make);
    const stepFunctions = steps.map(make);
    const scheduled = monitors.map((monitor) => ({
      everySeconds: monitor.everySecondsSetting ? settings[monitor.everySecondsSetting] : monitor.everySeconds,
      service: make(monitor),
    }));
    const functionOf = (name: string): ServiceFunction => {
      const found = [...endpointFunctions, ...scheduled.map(({ service }) => service)].find(
        ({ functionName }) => functionName === name,
      );
      if (!found) throw new Error(`the manifest has no function ${name}`);
      return found;
    };

    const endpoints = new Endpoints(this, 'Endpoints', { settings, functionOf });
    const workflow = new TransferWorkflow(this, 'Workflow', {
      stateMachineName,
      steps: stepFunctions,
      logRetentionDays: settings.LOG_RETENTION_DAYS,
    });
    const schedules = new MonitorSchedules(this, 'Schedules', { monitors: scheduled });
    const alarms = new Alarms(this, 'Alarms', {
      settings,
      key: data.key,
      endpoints: endpointFunctions,
      steps: stepFunctions,
      taskMonitor: functionOf('task-monitor'),
      sweep: functionOf('sweep'),
      api: endpoints.api,
      stateMachine: workflow.stateMachine,
      failedRuns: schedules.failedRuns,
    });

    new CfnOutput(this, 'ApiUrl', {
      value: endpoints.api.apiEndpoint,
      description: 'Where the site sends the Globus calls',
    });
    new CfnOutput(this, 'StateMachineArn', { value: stateMachineArn });
    new CfnOutput(this, 'AlarmTopicArn', { value: alarms.topic.topicArn });
  }
}
