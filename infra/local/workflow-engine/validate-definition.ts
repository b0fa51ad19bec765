import { InvalidDefinitionError } from './errors.ts';
import {
  checkFieldNames,
  checkNumber,
  checkOneOf,
  checkText,
  expectObject,
  FaultList,
  type Fields,
} from './fault-list.ts';
import { isLegalName } from './names.ts';
import { isStateType, STATE_FIELDS } from './state-fields.ts';
import { assignmentsOf, checkState, type MachineCheck, targetsOf } from './validate-state.ts';

/**
 * Refuses a machine that the engine cannot run as Amazon would.
 * @param definition - plain data; the type is not trusted
 * @throws InvalidDefinitionError with every fault and its place
 */
export function validateDefinition(machineName: string, definition: unknown): void {
  const faults = findDefinitionFaults(machineName, definition);
  if (faults.length > 0) throw new InvalidDefinitionError(machineName, faults);
}

/** All faults of a definition, one line each with its place; empty when it can run. */
export function findDefinitionFaults(machineName: string, definition: unknown): readonly string[] {
  const check: MachineCheck = {
    faults: new FaultList(),
    stateNames: new Set(),
    checkScope: (prefix, scope, outerVariables) => checkScope(check, prefix, scope, outerVariables),
  };
  const { faults } = check;
  if (!isLegalName(machineName)) faults.add('name', `"${machineName}" is not a legal name`);
  const machine = expectObject(faults, 'definition', definition);
  if (!machine) return faults.faults;
  const optional = ['Comment', 'QueryLanguage', 'Version', 'TimeoutSeconds'];
  checkFieldNames(faults, 'definition', machine, { required: ['StartAt', 'States'], optional });
  if (machine['QueryLanguage'] === undefined) {
    faults.add('QueryLanguage', 'must be "JSONata"; without it Amazon takes JSONPath');
  }
  checkOneOf(faults, 'QueryLanguage', machine['QueryLanguage'], ['JSONata']);
  checkOneOf(faults, 'Version', machine['Version'], ['1.0']);
  checkNumber(faults, 'TimeoutSeconds', machine['TimeoutSeconds'], { minimum: 1 });
  check.checkScope('', machine, new Set());
  return faults.faults;
}

function checkScope(check: MachineCheck, prefix: string, scope: Fields, outerVariables: ReadonlySet<string>): void {
  const { faults } = check;
  checkText(faults, `${prefix}Comment`, scope['Comment']);
  const states = expectObject(faults, `${prefix}States`, scope['States']);
  if (!states) return;
  const known = Object.entries(states).map(([name, value]) => ({ name, place: `${prefix}States.${name}`, value }));
  const variables = new Set(known.flatMap(({ value }) => assignmentsOf(value)));
  for (const name of variables) {
    if (outerVariables.has(name)) faults.add(`${prefix}States`, `the variable "${name}" is assigned outside already`);
  }
  for (const { name, place, value } of known) {
    if (name.length < 1 || name.length > 80) faults.add(place, 'the name must have 1 to 80 characters');
    if (check.stateNames.has(name)) faults.add(place, 'another state of the machine has this name');
    check.stateNames.add(name);
    const state = expectObject(faults, place, value);
    if (state) checkTyped(check, place, state, new Set([...outerVariables, ...variables]));
  }
  checkTargets(faults, prefix, scope['StartAt'], states);
}

function checkTyped(check: MachineCheck, place: string, state: Fields, variables: ReadonlySet<string>): void {
  const { faults } = check;
  const type = state['Type'];
  if (!isStateType(type)) {
    faults.add(`${place}.Type`, `${JSON.stringify(type)} is not one of ${Object.keys(STATE_FIELDS).join(', ')}`);
    return;
  }
  const table = STATE_FIELDS[type];
  const transition = table.hasTransition ? ['Next', 'End'] : [];
  checkFieldNames(faults, place, state, { ...table, optional: [...table.optional, ...transition] });
  checkOneOf(faults, `${place}.QueryLanguage`, state['QueryLanguage'], ['JSONata']);
  checkText(faults, `${place}.Comment`, state['Comment']);
  if (table.hasTransition) {
    checkOneOf(faults, `${place}.End`, state['End'], [true]);
    if ((state['Next'] === undefined) === (state['End'] === undefined)) {
      faults.add(place, 'needs either Next or End');
    }
  }
  checkState(check, place, type, state, variables);
}

/** Every target must exist in the same scope, and every state must be reachable from StartAt. */
function checkTargets(faults: FaultList, prefix: string, startAt: unknown, states: Fields): void {
  const reached = new Set<string>();
  const open = [{ place: `${prefix}StartAt`, target: startAt }];
  for (let step = open.pop(); step; step = open.pop()) {
    const { place, target } = step;
    if (typeof target !== 'string' || !Object.hasOwn(states, target)) {
      faults.add(place, `${JSON.stringify(target)} is not a state beside it`);
    } else if (!reached.has(target)) {
      reached.add(target);
      open.push(...targetsOf(`${prefix}States.${target}`, states[target]));
    }
  }
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) faults.add(`${prefix}States.${name}`, 'cannot be reached');
  }
}
