import { CATCHABLE_STATES_ERRORS } from './errors.ts';
import {
  checkFieldNames,
  checkNumber,
  checkOneOf,
  checkTemplate,
  expectList,
  expectObject,
  type FaultList,
  type Fields,
} from './fault-list.ts';

/** Output and Assign of a state, a choice rule or a catcher: valid JSONata, legal variable names. */
export function checkOutputAndAssign(faults: FaultList, place: string, fields: Fields): void {
  if ('Output' in fields) checkTemplate(faults, `${place}.Output`, fields['Output']);
  if (!('Assign' in fields)) return;
  const assign = expectObject(faults, `${place}.Assign`, fields['Assign']) ?? {};
  for (const [name, value] of Object.entries(assign)) {
    const isLegal = /^[\p{ID_Start}_]\p{ID_Continue}{0,79}$/u.test(name) && name !== 'states';
    if (!isLegal) faults.add(`${place}.Assign.${name}`, 'is not a legal variable name');
    checkTemplate(faults, `${place}.Assign.${name}`, value);
  }
}

/** The rows of Retry or Catch: legal error names, `States.ALL` alone and last, and what `checkRow` finds. */
export function checkHandlers(
  faults: FaultList,
  place: string,
  value: unknown,
  checkRow: (faults: FaultList, place: string, row: Fields) => void,
): void {
  if (!Array.isArray(value)) {
    faults.add(place, 'expected a list');
    return;
  }
  for (const [index, item] of value.entries()) {
    const at = `${place}[${index}]`;
    const row = expectObject(faults, at, item);
    if (!row) continue;
    checkRow(faults, at, row);
    const names = expectList(faults, `${at}.ErrorEquals`, row['ErrorEquals']);
    for (const name of names) {
      if (typeof name !== 'string') faults.add(`${at}.ErrorEquals`, 'expected texts');
      else if (name.startsWith('States.') && !CATCHABLE_STATES_ERRORS.includes(name)) {
        faults.add(`${at}.ErrorEquals`, `"${name}" is not an error that can be handled here`);
      }
    }
    if (names.includes('States.ALL') && (names.length > 1 || index < value.length - 1)) {
      faults.add(`${at}.ErrorEquals`, 'States.ALL must stand alone and in the last row');
    }
  }
}

/** One row of Retry. */
export function checkRetrier(faults: FaultList, place: string, row: Fields): void {
  const optional = ['IntervalSeconds', 'BackoffRate', 'MaxAttempts', 'MaxDelaySeconds', 'JitterStrategy', 'Comment'];
  checkFieldNames(faults, place, row, { required: ['ErrorEquals'], optional });
  checkNumber(faults, `${place}.IntervalSeconds`, row['IntervalSeconds'], { minimum: 1, maximum: 99_999_999 });
  checkNumber(faults, `${place}.BackoffRate`, row['BackoffRate'], { minimum: 1, fraction: true });
  checkNumber(faults, `${place}.MaxAttempts`, row['MaxAttempts'], { minimum: 0, maximum: 99_999_999 });
  checkNumber(faults, `${place}.MaxDelaySeconds`, row['MaxDelaySeconds'], { minimum: 1, maximum: 31_622_400 });
  checkOneOf(faults, `${place}.JitterStrategy`, row['JitterStrategy'], ['FULL', 'NONE']);
}

/** One row of Catch. */
export function checkCatcher(faults: FaultList, place: string, row: Fields): void {
  checkFieldNames(faults, place, row, { required: ['ErrorEquals', 'Next'], optional: ['Output', 'Assign', 'Comment'] });
  checkOutputAndAssign(faults, place, row);
}
