import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { UnavailableError } from '../../domain/errors.ts';
import type { Workflow } from '../../ports/workflow.ts';
import { executionInput, executionName } from '../../workflow/payload.ts';
import { awsTimeLimits } from '../system/aws-time-limits.ts';

/** Makes a client with a bounded number of tries and time per call. */
export function createSfnClient(): SFNClient {
  return new SFNClient({
    maxAttempts: 4,
    requestHandler: awsTimeLimits(5_000, 2_000),
  });
}

/** The transfer workflow in Step Functions. */
export function createWorkflow(client: SFNClient, stateMachineArn: string): Workflow {
  return {
    async start(transferId, executionNumber) {
      try {
        const name = executionName(transferId, executionNumber);
        await client.send(
          new StartExecutionCommand({ stateMachineArn, name, input: executionInput(transferId, executionNumber) }),
        );
      } catch (error) {
        // It ran and has ended: the record says the rest (A4).
        if (error instanceof ExecutionAlreadyExists) return;
        throw unavailable(error);
      }
    },
    async wake(taskToken, { next, waitSeconds }) {
      try {
        const output = JSON.stringify({ next, waitSeconds });
        await client.send(new SendTaskSuccessCommand({ taskToken, output }));
        return 'woken';
      } catch (error) {
        if (error instanceof TaskDoesNotExist || error instanceof TaskTimedOut || error instanceof InvalidToken)
          return 'gone';
        throw unavailable(error);
      }
    },
    async status(transferId, executionNumber) {
      try {
        const executionArn = executionArnOf(stateMachineArn, executionName(transferId, executionNumber));
        const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
        return status === 'RUNNING' ? 'running' : 'ended';
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return 'missing';
        throw unavailable(error);
      }
    },
  };
}

/** `arn:…:stateMachine:transfer` and a name make `arn:…:execution:transfer:<name>`. */
function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

function unavailable(cause: unknown): UnavailableError {
  return new UnavailableError('The transfer workflow cannot be reached. Please repeat the request.', {
    cause,
    retryAfterSeconds: 5,
  });
}
