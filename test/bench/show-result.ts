import { type Figure, isWithinBudget, type PartResult, type Table, type Unit } from './figure.ts';

const COLUMNS = { what: 80, measured: 12, budget: 10 };
const DECIMALS: Readonly<Record<Unit, number>> = {
  s: 2,
  ms: 1,
  MB: 0,
  KB: 1,
  '×': 2,
  '/s': 1,
  calls: 0,
  transitions: 0,
  events: 0,
};

/** Figures to the right, words to the left. */
function describeTable({ title, columns, rows }: Table): readonly string[] {
  const lines = [columns, ...rows].map((cells) => cells.map((cell) => shownIn(cell)));
  const isNumeric = columns.map((_, column) => rows.every((cells) => typeof cells[column] === 'number'));
  const widths = columns.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)));
  const aligned = (cell: string, column: number) =>
    isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return [`  ${title}`, ...lines.map((cells) => `    ${cells.map(aligned).join('  ')}`.trimEnd())];
}

function shownIn(cell: string | number): string {
  if (typeof cell === 'string') return cell;
  return Number.isInteger(cell) ? String(cell) : cell.toFixed(1);
}

/** The heading over all tables. */
export function tableHead(): string {
  return row('what', 'measured', 'budget', 'ok?');
}

/** One part as a table, with what could not be measured and what was listed under it. */
export function describePart(title: string, { figures, notMeasured = [], tables = [] }: PartResult): string {
  return [
    '',
    title,
    ...figures.map(describeFigure),
    ...notMeasured.flatMap(({ what, why }) => [row(`  ${what}`, 'not measured', '', ''), `      ${why}`]),
    ...tables.flatMap((table) => ['', ...describeTable(table)]),
  ].join('\n');
}

function describeFigure(figure: Figure): string {
  const { what, value, unit, budget } = figure;
  const isWithin = isWithinBudget(figure);
  const ok = isWithin === undefined ? '' : isWithin ? 'yes' : 'NO';
  return row(`  ${what}`, withUnit(value, unit), budget === undefined ? '' : `≤ ${short(budget)}${tail(unit)}`, ok);
}

function withUnit(value: number, unit: Unit): string {
  return `${value.toLocaleString('en-GB', { minimumFractionDigits: DECIMALS[unit], maximumFractionDigits: DECIMALS[unit] })}${tail(unit)}`;
}

function short(value: number): string {
  return value.toLocaleString('en-GB');
}

/** What is counted is said by the row's words. */
function tail(unit: Unit): string {
  if (unit === 'calls' || unit === 'transitions' || unit === 'events') return '';
  return unit === '/s' ? unit : ` ${unit}`;
}

function row(what: string, measured: string, budget: string, ok: string): string {
  const { what: width, measured: middle, budget: right } = COLUMNS;
  return `${what.padEnd(width)}${measured.padStart(middle)}${budget.padStart(right + 2)}  ${ok}`.trimEnd();
}
