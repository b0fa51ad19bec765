import { isJsonataText, LAMBDA_INVOKE_WITH_TASK_TOKEN } from './definition.ts';
import {
  checkFieldNames,
  checkNumber,
  checkOneOf,
  checkTemplate,
  checkText,
  expectList,
  expectObject,
  type FaultList,
  type Fields,
} from './fault-list.ts';
import { LONGEST_WAIT_SECONDS, parseTimestamp } from './simple-states.ts';
import { RESOURCES, type StateType } from './state-fields.ts';
import { LONGEST_TIMEOUT_SECONDS } from './task-state.ts';
import { checkCatcher, checkHandlers, checkOutputAndAssign, checkRetrier } from './validate-handlers.ts';

/** What all scopes of one machine share while it is checked. */
export interface MachineCheck {
  readonly faults: FaultList;
  /** State names are unique in the whole machine. */
  readonly stateNames: Set<string>;
  /**
   * Checks a branch or an item processor, and before them the machine itself.
   * @param prefix - place of the scope with a dot behind it, or empty
   * @param outerVariables - names assigned around the scope; assigning them inside is refused by Amazon too
   */
  checkScope(prefix: string, scope: Fields, outerVariables: ReadonlySet<string>): void;
}

/** Checks the fields of one state; their names and the transition are checked already. */
export function checkState(
  check: MachineCheck,
  place: string,
  type: StateType,
  state: Fields,
  variables: ReadonlySet<string>,
): void {
  const { faults } = check;
  checkOutputAndAssign(faults, place, state);
  if ('Retry' in state) checkHandlers(faults, `${place}.Retry`, state['Retry'], checkRetrier);
  if ('Catch' in state) checkHandlers(faults, `${place}.Catch`, state['Catch'], checkCatcher);
  switch (type) {
    case 'Task':
      checkTask(faults, place, state);
      return;
    case 'Wait':
      checkWait(faults, place, state);
      return;
    case 'Choice':
      checkChoices(faults, place, state);
      return;
    case 'Map':
      checkMap(check, place, state, variables);
      return;
    case 'Parallel':
      checkTemplate(faults, `${place}.Arguments`, state['Arguments'] ?? null);
      for (const [index, value] of expectList(faults, `${place}.Branches`, state['Branches']).entries()) {
        checkInnerScope(check, `${place}.Branches[${index}]`, value, [], variables);
      }
      return;
    case 'Fail':
      for (const name of ['Error', 'Cause']) {
        checkText(faults, `${place}.${name}`, state[name]);
        checkTemplate(faults, `${place}.${name}`, state[name] ?? null);
      }
      return;
    case 'Pass':
    case 'Succeed':
      return;
  }
}

/** Where a state may lead, with the place that says so. */
export function targetsOf(place: string, state: unknown): { place: string; target: unknown }[] {
  if (state === null || typeof state !== 'object') return [];
  const fields = state as Fields;
  const targets = ['Next', 'Default']
    .filter((name) => name in fields)
    .map((name) => ({ place: `${place}.${name}`, target: fields[name] }));
  for (const name of ['Choices', 'Catch']) {
    const rows = Array.isArray(fields[name]) ? fields[name] : [];
    for (const [index, row] of rows.entries())
      targets.push({ place: `${place}.${name}[${index}].Next`, target: row?.Next });
  }
  return targets;
}

/** Names of all variables a state can assign in its own scope. */
export function assignmentsOf(state: unknown): string[] {
  if (state === null || typeof state !== 'object') return [];
  const fields = state as Fields;
  const rows = ['Choices', 'Catch'].flatMap((name) => (Array.isArray(fields[name]) ? fields[name] : []));
  return [fields, ...rows].flatMap((row) => Object.keys(row?.Assign ?? {}));
}

function checkTask(faults: FaultList, place: string, state: Fields): void {
  const { Resource: resource, TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  checkOneOf(faults, `${place}.Resource`, resource ?? null, RESOURCES);
  const rule = { minimum: 1, maximum: LONGEST_TIMEOUT_SECONDS, orExpression: true };
  checkNumber(faults, `${place}.TimeoutSeconds`, timeout, rule);
  checkNumber(faults, `${place}.HeartbeatSeconds`, heartbeat, rule);
  if (heartbeat !== undefined && resource !== LAMBDA_INVOKE_WITH_TASK_TOKEN) {
    faults.add(`${place}.HeartbeatSeconds`, 'is supported with a task token only');
  }
  if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout) {
    faults.add(`${place}.HeartbeatSeconds`, 'must be smaller than TimeoutSeconds');
  }
  checkTemplate(faults, `${place}.Arguments`, state['Arguments'] ?? null);
  if (isJsonataText(state['Arguments'])) return;
  const parameters = expectObject(faults, `${place}.Arguments`, state['Arguments']);
  if (!parameters) return;
  const table = { required: ['FunctionName'], optional: ['Payload', 'Qualifier', 'InvocationType'] };
  checkFieldNames(faults, `${place}.Arguments`, parameters, table);
  checkText(faults, `${place}.Arguments.FunctionName`, parameters['FunctionName']);
  checkText(faults, `${place}.Arguments.Qualifier`, parameters['Qualifier']);
  checkOneOf(faults, `${place}.Arguments.InvocationType`, parameters['InvocationType'], ['RequestResponse']);
}

function checkWait(faults: FaultList, place: string, state: Fields): void {
  const { Seconds: seconds, Timestamp: timestamp } = state;
  if ((seconds === undefined) === (timestamp === undefined)) faults.add(place, 'needs either Seconds or Timestamp');
  const rule = { minimum: 0, maximum: LONGEST_WAIT_SECONDS, orExpression: true };
  checkNumber(faults, `${place}.Seconds`, seconds, rule);
  if (timestamp === undefined) return;
  checkTemplate(faults, `${place}.Timestamp`, timestamp);
  if (!isJsonataText(timestamp) && parseTimestamp(timestamp) === undefined) {
    faults.add(`${place}.Timestamp`, 'expected a moment such as 2026-01-31T12:00:00Z or JSONata');
  }
}

function checkChoices(faults: FaultList, place: string, state: Fields): void {
  for (const [index, value] of expectList(faults, `${place}.Choices`, state['Choices']).entries()) {
    const at = `${place}.Choices[${index}]`;
    const rule = expectObject(faults, at, value);
    if (!rule) continue;
    checkFieldNames(faults, at, rule, { required: ['Condition', 'Next'], optional: ['Output', 'Assign', 'Comment'] });
    checkOutputAndAssign(faults, at, rule);
    const condition = rule['Condition'];
    if (condition === undefined) continue;
    checkTemplate(faults, `${at}.Condition`, condition);
    if (typeof condition !== 'boolean' && !isJsonataText(condition)) {
      faults.add(`${at}.Condition`, 'expected true, false or JSONata');
    }
  }
}

function checkMap(check: MachineCheck, place: string, state: Fields, variables: ReadonlySet<string>): void {
  const { faults } = check;
  const { Items: items } = state;
  if (items !== undefined && !Array.isArray(items) && !isJsonataText(items)) {
    faults.add(`${place}.Items`, 'expected a list or JSONata');
  }
  checkTemplate(faults, `${place}.Items`, items ?? null);
  checkTemplate(faults, `${place}.ItemSelector`, state['ItemSelector'] ?? null);
  checkNumber(faults, `${place}.MaxConcurrency`, state['MaxConcurrency'], { minimum: 0, orExpression: true });
  const at = `${place}.ItemProcessor`;
  const processor = checkInnerScope(check, at, state['ItemProcessor'], ['ProcessorConfig'], variables);
  if (processor?.['ProcessorConfig'] === undefined) return;
  const config = expectObject(faults, `${at}.ProcessorConfig`, processor['ProcessorConfig']);
  if (!config) return;
  checkFieldNames(faults, `${at}.ProcessorConfig`, config, { required: ['Mode'], optional: [] });
  checkOneOf(faults, `${at}.ProcessorConfig.Mode`, config['Mode'], ['INLINE']);
}

function checkInnerScope(
  check: MachineCheck,
  place: string,
  value: unknown,
  alsoOptional: readonly string[],
  variables: ReadonlySet<string>,
): Fields | undefined {
  const scope = expectObject(check.faults, place, value);
  if (!scope) return undefined;
  const table = { required: ['StartAt', 'States'], optional: ['Comment', ...alsoOptional] };
  checkFieldNames(check.faults, place, scope, table);
  check.checkScope(`${place}.`, scope, variables);
  return scope;
}
