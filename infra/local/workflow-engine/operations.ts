import type { Engine, LoadedMachine } from './engine.ts';
import { ServiceError } from './errors.ts';
import { startExecution, stopExecution } from './executions.ts';
import { executionArn, parseExecutionArn, parseStateMachineArn, ROLE_ARN, stateMachineArn } from './names.ts';
import type { ExecutionRecord } from './store.ts';
import { answerTask, heartbeatTask, parseTaskOutput } from './task-tokens.ts';

export type OperationInput = Readonly<Record<string, unknown>>;
type Operation = (engine: Engine, input: OperationInput) => unknown;

/** Moments are seconds since 1970 with a fraction on this wire. */
const epochSeconds = (milliseconds: number) => milliseconds / 1_000;

/** The operations served, by their names in Step Functions' API reference; each throws ServiceError as that reference says. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  StartExecution(engine, input) {
    const machine = machineOf(engine, text(input, 'stateMachineArn'));
    const record = startExecution(engine, machine, {
      name: optionalText(input, 'name'),
      inputText: optionalText(input, 'input'),
    });
    return {
      executionArn: executionArn(record.machineName, record.name),
      startDate: epochSeconds(record.startedAtMilliseconds),
    };
  },

  DescribeExecution(engine, input) {
    const record = executionOf(engine, text(input, 'executionArn'));
    return {
      ...summary(record),
      input: record.inputText,
      inputDetails: { included: true },
      ...(record.outputText !== undefined && { output: record.outputText, outputDetails: { included: true } }),
      ...(record.error !== undefined && { error: record.error }),
      ...(record.cause !== undefined && { cause: record.cause }),
      redriveCount: 0,
    };
  },

  ListExecutions(engine, input) {
    const machine = machineOf(engine, text(input, 'stateMachineArn'));
    const limit = pageSize(input);
    const found = engine.store.listExecutions({
      machineName: machine.name,
      status: optionalText(input, 'statusFilter'),
      belowId: pageStart(input),
      limit: limit + 1,
    });
    const executions = found.slice(0, limit);
    return { executions: executions.map(summary), ...nextPage(found.length > limit, executions.at(-1)?.id) };
  },

  StopExecution(engine, input) {
    const record = executionOf(engine, text(input, 'executionArn'));
    const stoppedAt = stopExecution(engine, record, optionalText(input, 'error'), optionalText(input, 'cause'));
    return { stopDate: epochSeconds(stoppedAt) };
  },

  GetExecutionHistory(engine, input) {
    const record = executionOf(engine, text(input, 'executionArn'));
    const limit = pageSize(input);
    const reverse = input['reverseOrder'] === true;
    const found = engine.store.listEvents(record.id, { afterId: pageStart(input), limit: limit + 1, reverse });
    const events = found.slice(0, limit);
    return {
      events: events.map(({ id, previousEventId, type, atMilliseconds, details }) => ({
        timestamp: epochSeconds(atMilliseconds),
        type,
        id,
        previousEventId,
        ...details,
      })),
      ...nextPage(found.length > limit, events.at(-1)?.id),
    };
  },

  SendTaskSuccess(engine, input) {
    const output = parseTaskOutput(text(input, 'output'));
    answerTask(engine, text(input, 'taskToken'), { kind: 'success', output });
    return {};
  },

  SendTaskFailure(engine, input) {
    answerTask(engine, text(input, 'taskToken'), {
      kind: 'failure',
      error: limitedText(input, 'error', 256) ?? 'States.TaskFailed',
      cause: limitedText(input, 'cause', 32_768) ?? '',
    });
    return {};
  },

  SendTaskHeartbeat(engine, input) {
    heartbeatTask(engine, text(input, 'taskToken'));
    return {};
  },

  DescribeStateMachine(engine, input) {
    const machine = machineOf(engine, text(input, 'stateMachineArn'));
    return {
      ...machineSummary(machine),
      status: 'ACTIVE',
      definition: JSON.stringify(machine.definition),
      roleArn: ROLE_ARN,
    };
  },

  ListStateMachines(engine) {
    return { stateMachines: [...engine.machines.values()].map(machineSummary) };
  },
};

function machineSummary(machine: LoadedMachine) {
  return {
    stateMachineArn: stateMachineArn(machine.name),
    name: machine.name,
    type: 'STANDARD',
    creationDate: epochSeconds(machine.loadedAtMilliseconds),
  };
}

function summary(record: ExecutionRecord) {
  return {
    executionArn: executionArn(record.machineName, record.name),
    stateMachineArn: stateMachineArn(record.machineName),
    name: record.name,
    status: record.status,
    startDate: epochSeconds(record.startedAtMilliseconds),
    ...(record.stoppedAtMilliseconds !== undefined && { stopDate: epochSeconds(record.stoppedAtMilliseconds) }),
  };
}

function machineOf(engine: Engine, arn: string): LoadedMachine {
  const name = parseStateMachineArn(arn);
  if (name === undefined) throw new ServiceError('InvalidArn', `Invalid Arn: '${arn}'`);
  const machine = engine.machines.get(name);
  if (!machine) throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return machine;
}

function executionOf(engine: Engine, arn: string): ExecutionRecord {
  const parsed = parseExecutionArn(arn);
  if (!parsed) throw new ServiceError('InvalidArn', `Invalid Arn: '${arn}'`);
  const record = engine.store.findExecution(parsed.machineName, parsed.executionName);
  if (!record) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return record;
}

function text(input: OperationInput, member: string): string {
  const value = optionalText(input, member);
  if (value === undefined) throw new ServiceError('ValidationException', `'${member}' must not be absent`);
  return value;
}

function optionalText(input: OperationInput, member: string): string | undefined {
  const value = input[member] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new ServiceError('ValidationException', `'${member}' must be text`);
}

function limitedText(input: OperationInput, member: string, longest: number): string | undefined {
  const value = optionalText(input, member);
  if (value === undefined || value.length <= longest) return value;
  throw new ServiceError('ValidationException', `'${member}' must be at most ${longest} characters`);
}

/** 1 to 1000; absent or 0 means 100. */
function pageSize(input: OperationInput): number {
  const value = input['maxResults'] ?? 0;
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 1_000) return Number(value) || 100;
  throw new ServiceError('ValidationException', "'maxResults' must be from 0 to 1000");
}

function pageStart(input: OperationInput): number | undefined {
  const token = optionalText(input, 'nextToken');
  if (token === undefined) return undefined;
  const id = /^after-(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (id === undefined) throw new ServiceError('InvalidToken', `Invalid Token: '${token}'`);
  return Number(id);
}

function nextPage(hasMore: boolean, lastId: number | undefined): { nextToken?: string } {
  return hasMore && lastId !== undefined ? { nextToken: Buffer.from(`after-${lastId}`).toString('base64url') } : {};
}
