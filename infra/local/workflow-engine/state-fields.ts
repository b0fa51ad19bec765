import { LAMBDA_INVOKE, LAMBDA_INVOKE_WITH_TASK_TOKEN } from './definition.ts';

/** Which fields each kind of state takes, as tables for the validation at load. */

export type StateType = 'Task' | 'Wait' | 'Choice' | 'Map' | 'Parallel' | 'Pass' | 'Succeed' | 'Fail';

interface FieldTable {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** The state says Next or End. */
  readonly hasTransition: boolean;
}

const COMMON = ['Type', 'Comment', 'QueryLanguage'];
const OUTPUT = ['Output', 'Assign'];
const FAILURE = ['Retry', 'Catch'];

export const STATE_FIELDS: Readonly<Record<StateType, FieldTable>> = {
  Task: {
    required: ['Resource', 'Arguments'],
    optional: [...COMMON, ...OUTPUT, ...FAILURE, 'TimeoutSeconds', 'HeartbeatSeconds'],
    hasTransition: true,
  },
  Wait: { required: [], optional: [...COMMON, ...OUTPUT, 'Seconds', 'Timestamp'], hasTransition: true },
  Choice: { required: ['Choices'], optional: [...COMMON, ...OUTPUT, 'Default'], hasTransition: false },
  Map: {
    required: ['ItemProcessor'],
    optional: [...COMMON, ...OUTPUT, ...FAILURE, 'Items', 'ItemSelector', 'MaxConcurrency'],
    hasTransition: true,
  },
  Parallel: { required: ['Branches'], optional: [...COMMON, ...OUTPUT, ...FAILURE, 'Arguments'], hasTransition: true },
  Pass: { required: [], optional: [...COMMON, ...OUTPUT], hasTransition: true },
  Succeed: { required: [], optional: [...COMMON, 'Output'], hasTransition: false },
  Fail: { required: [], optional: [...COMMON, 'Error', 'Cause'], hasTransition: false },
};

export const RESOURCES: readonly string[] = [LAMBDA_INVOKE, LAMBDA_INVOKE_WITH_TASK_TOKEN];

/** Fields of the other query language, named as such in the refusal. */
export const JSONPATH_FIELDS: readonly string[] = [
  'InputPath',
  'OutputPath',
  'ResultPath',
  'ResultSelector',
  'Parameters',
  'Result',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'ErrorPath',
  'CausePath',
  'Variable',
];

export function isStateType(value: unknown): value is StateType {
  return typeof value === 'string' && Object.hasOwn(STATE_FIELDS, value);
}
