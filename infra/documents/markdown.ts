/** What every page made from the sources begins with. */
export const GENERATED = '*Made from the sources by `npm run docs`; change them, not this page.*';

/** A table in Markdown. A bar inside a cell would end it, so it is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
