import { PHASES } from './moment.ts';
import type { KillResult } from './run-kill.ts';

/** One kill, in the lines that are printed when it is over. */
export function describeKill(result: KillResult): string {
  const { moment, asksAgain, place, settledAfter, ended, failure } = result;
  const lines = [`${failure ? 'FAILED' : 'ok    '} ${String(moment.number).padStart(2)} ${moment.name}`];
  if (place) {
    const again = place.client === 'asks for paths' ? `, and will ask ${asksAgain}` : '';
    lines.push(`          killed after ${place.afterMilliseconds} ms: the client ${place.client}${again}`);
    lines.push(`          records: ${place.records}`);
    lines.push(`          log: ${place.lastEvents.join(' · ')}`);
  }
  if (settledAfter) {
    const { seconds, stackSeconds } = settledAfter;
    const states = ended ? `: ${ended.join(', ')}` : '';
    lines.push(
      `          over ${seconds.toFixed(1)} s after the restart, ${stackSeconds.toFixed(0)} s on its clock${states}`,
    );
  }
  if (failure) {
    lines.push(`          ${failure.reason.replaceAll('\n', '\n          ')}`);
    lines.push(`          state kept in ${failure.stateDirectory || '(the stack did not start)'}`);
    lines.push(`          repeat: npm run test:kill --${optionsToRepeat(result)}`);
  }
  return lines.join('\n');
}

function optionsToRepeat({ moment, asksAgain }: KillResult): string {
  const seed = moment.seed === undefined ? '' : ` --seed ${moment.seed}`;
  return `${seed} --only ${moment.number}${asksAgain === 'anew' ? ' --anew' : ' --same-key'}`;
}

/** How many kills fell in which state and phase, and how many in the middle of somebody's work. */
export function tableOfKills(results: readonly KillResult[]): string {
  const places = results.flatMap(({ moment, place }) => (place ? [{ phase: moment.phase, ...place }] : []));
  const states = [...new Set(places.map(({ state }) => state))];
  const phases = PHASES.filter((phase) => places.some((place) => place.phase === phase));
  const header = ['state at the kill', ...phases, 'all', 'taken'];
  const rows = states.map((state) => {
    const inState = places.filter((place) => place.state === state);
    const byPhase = phases.map((phase) => inState.filter((place) => place.phase === phase).length);
    return [state, ...byPhase, inState.length, inState.filter(({ isTaken }) => isTaken).length];
  });
  const all = phases.map((phase) => places.filter((place) => place.phase === phase).length);
  const taken = places.filter(({ isTaken }) => isTaken).length;
  const table = [header, ...rows, ['all', ...all, places.length, taken]].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  const open = places.filter(({ isBatchOpen }) => isBatchOpen).length;
  return `${lines.join('\n')}\ntaken: somebody was at work on the record; ${open} of these with a batch sent and not answered`;
}
