/**
 * Types of a state machine definition as plain data: Amazon States Language, JSONata only, Standard workflows.
 * Only what the local engine runs is expressible; `validateDefinition` refuses the rest at load.
 */

/** Text whose inside is evaluated as JSONata, such as `{% $states.input.transferId %}`. */
export type JsonataText = `{%${string}%}`;

/** JSON in which any string may be a {@link JsonataText}, at any depth. */
export type JsonTemplate =
  | string
  | number
  | boolean
  | null
  | readonly JsonTemplate[]
  | { readonly [key: string]: JsonTemplate };

/** New values for variables, by name without the dollar sign. All are evaluated with the values from before the state. */
export type Assignments = { readonly [variableName: string]: JsonTemplate };

export const LAMBDA_INVOKE = 'arn:aws:states:::lambda:invoke';
export const LAMBDA_INVOKE_WITH_TASK_TOKEN = 'arn:aws:states:::lambda:invoke.waitForTaskToken';

/** Calls a function and goes on with its reply, or calls it and then waits for a callback with the task token. */
export type TaskResource = typeof LAMBDA_INVOKE | typeof LAMBDA_INVOKE_WITH_TASK_TOKEN;

/** A state leads to another one or ends its branch; it says exactly one of the two. */
export type Transition =
  | { readonly Next: string; readonly End?: never }
  | { readonly End: true; readonly Next?: never };

interface StateFields {
  readonly Comment?: string;
  readonly QueryLanguage?: 'JSONata';
}

interface OutputFields {
  readonly Output?: JsonTemplate;
  readonly Assign?: Assignments;
}

/** One row of `Retry`. Defaults: interval 1 s, rate 2, three attempts, no longest delay, no jitter. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
  readonly Comment?: string;
}

/** One row of `Catch`; without Output the next state's input is the error output. */
export interface Catcher extends OutputFields {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Comment?: string;
}

interface FailureFields {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

/** What `lambda:invoke` takes; qualifiers are accepted and ignored. */
export type InvokeArguments = {
  readonly FunctionName: string;
  readonly Payload?: JsonTemplate;
  readonly Qualifier?: string;
  readonly InvocationType?: 'RequestResponse';
};

interface TaskFields extends StateFields, OutputFields, FailureFields {
  readonly Type: 'Task';
  readonly Resource: TaskResource;
  readonly Arguments: InvokeArguments | JsonataText;
  readonly TimeoutSeconds?: number | JsonataText;
  /** Only with a task token. */
  readonly HeartbeatSeconds?: number | JsonataText;
}

interface WaitFields extends StateFields, OutputFields {
  readonly Type: 'Wait';
}

interface MapFields extends StateFields, OutputFields, FailureFields {
  readonly Type: 'Map';
  /** A list, or JSONata that gives one; without it the state's input is the list. */
  readonly Items?: readonly JsonTemplate[] | JsonataText;
  /** Input of each iteration; without it the item itself. */
  readonly ItemSelector?: JsonTemplate;
  readonly ItemProcessor: ItemProcessor;
  /** 0 or absent: as many as an inline Map runs at once, 40. */
  readonly MaxConcurrency?: number | JsonataText;
}

interface ParallelFields extends StateFields, OutputFields, FailureFields {
  readonly Type: 'Parallel';
  readonly Branches: readonly Branch[];
  /** Input of every branch; without it the state's input. */
  readonly Arguments?: JsonTemplate;
}

interface PassFields extends StateFields, OutputFields {
  readonly Type: 'Pass';
}

/** One rule of a Choice; the first whose condition is true decides. */
export interface ChoiceRule extends OutputFields {
  readonly Condition: JsonataText | boolean;
  readonly Next: string;
  readonly Comment?: string;
}

/** The state's own Output and Assign are used with Default only. */
export interface ChoiceState extends StateFields, OutputFields {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export interface SucceedState extends StateFields {
  readonly Type: 'Succeed';
  readonly Output?: JsonTemplate;
}

export interface FailState extends StateFields {
  readonly Type: 'Fail';
  readonly Error?: string;
  readonly Cause?: string;
}

export type TaskState = TaskFields & Transition;
export type WaitState = WaitFields &
  Transition &
  (
    | { readonly Seconds: number | JsonataText; readonly Timestamp?: never }
    | { readonly Timestamp: string; readonly Seconds?: never }
  );
export type MapState = MapFields & Transition;
export type ParallelState = ParallelFields & Transition;
export type PassState = PassFields & Transition;

export type State =
  | TaskState
  | WaitState
  | ChoiceState
  | MapState
  | ParallelState
  | PassState
  | SucceedState
  | FailState;

/** States with their entry: what a machine, a branch and an item processor have in common. */
export interface Branch {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly States: { readonly [stateName: string]: State };
}

export interface ItemProcessor extends Branch {
  readonly ProcessorConfig?: { readonly Mode: 'INLINE' };
}

/** A whole workflow. `QueryLanguage` must be said, because Amazon's default is JSONPath. */
export interface StateMachineDefinition extends Branch {
  readonly QueryLanguage: 'JSONata';
  readonly Version?: '1.0';
  readonly TimeoutSeconds?: number;
}

/** Whether the text is a JSONata expression between its delimiters. */
export function isJsonataText(value: unknown): value is JsonataText {
  return typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}') && value.length >= 4;
}
