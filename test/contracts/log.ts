import { beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../../functions/ports/log.ts';

/** One line as it was written. */
export interface WrittenLine {
  readonly level: string;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A log under test, and what it has written. */
export interface LogUnderContract {
  readonly log: Log;
  lines(): readonly WrittenLine[];
}

/** What every adapter of the port `Log` does. */
export function describeLogContract(name: string, makeLog: () => LogUnderContract): void {
  describe(`the log contract, kept by ${name}`, () => {
    let under: LogUnderContract;
    beforeEach(() => {
      under = makeLog();
    });

    it('writes one line for each call, in order, with its level', () => {
      under.log.info('first', { datasetId: '29' });
      under.log.warn('second');
      under.log.error('third', { count: 3 });
      expect(under.lines()).toEqual([
        { level: 'info', event: 'first', facts: { datasetId: '29' } },
        { level: 'warn', event: 'second', facts: {} },
        { level: 'error', event: 'third', facts: { count: 3 } },
      ]);
    });

    it('adds the facts of `with` to every line, those of the call going first', () => {
      const log = under.log.with({ requestId: 'r1', transferId: 'older' });
      log.info('first');
      log.error('second', { transferId: 'newer' });
      expect(under.lines().map((line) => line.facts)).toEqual([
        { requestId: 'r1', transferId: 'older' },
        { requestId: 'r1', transferId: 'newer' },
      ]);
    });

    it('adds the facts of `with` upon `with`, and leaves the log it came from as it was', () => {
      const outer = under.log.with({ requestId: 'r1' });
      outer.with({ transferId: '29-18bf3af9c78' }).info('inner');
      outer.info('outer');
      under.log.info('bare');
      expect(under.lines().map((line) => line.facts)).toEqual([
        { requestId: 'r1', transferId: '29-18bf3af9c78' },
        { requestId: 'r1' },
        {},
      ]);
    });

    it('lets no fact replace the time, the level or the event', () => {
      const taken = { time: 'never', level: 'info', event: 'another' };
      under.log.error('failed', { ...taken, count: 1 });
      under.log.with(taken).warn('noticed');
      expect(under.lines()).toEqual([
        { level: 'error', event: 'failed', facts: { count: 1 } },
        { level: 'warn', event: 'noticed', facts: {} },
      ]);
    });
  });
}
