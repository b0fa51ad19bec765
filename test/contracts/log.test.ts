import { createJsonLog } from '../../functions/adapters/system/json-log.ts';
import { START_MILLISECONDS } from '../support/builders.ts';
import { createMemoryLog } from '../support/fakes/memory-log.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { describeLogContract } from './log.ts';

describeLogContract('the log of JSON lines', () => {
  const lines: string[] = [];
  return {
    log: createJsonLog((line) => lines.push(line), createManualClock(START_MILLISECONDS)),
    lines: () =>
      lines.map((line) => {
        const { time, level, event, ...facts } = JSON.parse(line);
        if (time !== new Date(START_MILLISECONDS).toISOString())
          throw new Error(`expected the clock's time in ${line}`);
        return { level, event, facts };
      }),
  };
});

describeLogContract('the fake of unit tests', () => {
  const log = createMemoryLog();
  return { log, lines: () => log.lines.map((line, index) => ({ ...line, level: log.levels[index] ?? '' })) };
});
