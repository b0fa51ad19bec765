import type { DatabaseSync } from 'node:sqlite';

/** Inserts one row whose columns are the object's members; returns its row id. Undefined members are left out. */
export function insertRow(
  database: DatabaseSync,
  table: string,
  row: Readonly<Record<string, string | number | null | undefined>>,
): number {
  const columns = Object.entries(row).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  const names = columns.map((column) => column.name).join(', ');
  const marks = columns.map(() => '?').join(', ');
  const statement = database.prepare(`INSERT INTO ${table} (${names}) VALUES (${marks})`);
  return Number(statement.run(...columns.map((column) => column.value)).lastInsertRowid);
}
