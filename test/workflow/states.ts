import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';

/** The fields of a state that tests look at; the definition's own types are narrower than any loop over it needs. */
export interface AnyState {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly FunctionName: string; readonly Payload: Readonly<Record<string, unknown>> };
  readonly TimeoutSeconds?: number | string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Default?: string;
}

/** Every state of the transfer workflow with its name. */
export const STATES: readonly (readonly [name: string, state: AnyState])[] = Object.entries(
  transferWorkflowDefinition.States,
);

/** Those that invoke a function. */
export const TASKS = STATES.filter(([, state]) => state.Type === 'Task');
