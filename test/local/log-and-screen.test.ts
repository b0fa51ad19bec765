import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeError, openActivityLog } from '../../infra/local/activity-log.ts';
import { followLog, type LogLine } from '../../infra/local/log-follower.ts';
import { helpText, screenLine } from '../../infra/local/screen.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'));
  file = join(folder, 'log.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('activity log', () => {
  it('adds one JSON object a line, with time on its clock', () => {
    writeFileSync(file, '{"event":"earlier"}\n');
    const log = openActivityLog(file, () => Date.parse('2026-11-21T22:07:30.250Z'));

    log.write('warn', 'monitor-overlaps', { running: 2 });
    log.close();
    log.write('info', 'too-late');

    expect(readFileSync(file, 'utf8')).toBe(
      '{"event":"earlier"}\n{"time":"2026-11-21T22:07:30.250Z","level":"warn","event":"monitor-overlaps","running":2}\n',
    );
  });

  it('describes errors by name, message and cause, without stacks', () => {
    const error = new TypeError('outer', { cause: new Error('inner', { cause: 'text' }) });

    expect(describeError(error)).toEqual({
      name: 'TypeError',
      message: 'outer',
      cause: { name: 'Error', message: 'inner', cause: { message: 'text' } },
    });
  });
});

describe('log follower', () => {
  function follow() {
    const lines: LogLine[] = [];
    const follower = followLog(file, (line) => lines.push(line));
    // Looks are asked for below, so that no test waits for a timer.
    follower.stop();
    return { lines, follower };
  }

  it('reports lines added after it began, each once it is whole', () => {
    writeFileSync(file, '{"event":"old"}\n');
    const { lines, follower } = follow();
    const text = Buffer.from('{"event":"Ü"}\n');

    appendFileSync(file, text.subarray(0, 11));
    follower.look();
    expect(lines).toEqual([]);
    appendFileSync(file, Buffer.concat([text.subarray(11), Buffer.from('not JSON\n[1]\n{"event":"next"}\n')]));
    follower.look();
    follower.look();

    expect(lines.map((line) => line['event'])).toEqual(['Ü', undefined, 'next']);
  });

  it('reports everything once when much was added', () => {
    const { lines, follower } = follow();
    appendFileSync(file, `${JSON.stringify({ event: 'x'.repeat(1_000) })}\n`.repeat(200));

    follower.look();

    expect(lines).toHaveLength(200);
  });

  it('begins again when the file was emptied', () => {
    writeFileSync(file, '{"event":"a long line of the past"}\n');
    const { lines, follower } = follow();

    writeFileSync(file, '{"event":"new"}\n');
    follower.look();

    expect(lines).toEqual([{ event: 'new' }]);
  });
});

describe('lines for people', () => {
  it.each([
    [
      'a step of a transfer',
      { time: 't', level: 'info', event: 'transfer-bound', transferId: '29-18c', requestId: 'r', state: 'BOUND' },
      'transfer 29-18c: transfer-bound  (state BOUND)',
    ],
    [
      'a change of state',
      {
        level: 'info',
        event: 'transfer-state',
        transferId: '29-18c',
        from: 'GRANTED',
        to: 'BOUND',
        by: 'report',
        why: null,
      },
      'transfer 29-18c: GRANTED → BOUND  (report)',
    ],
    ['a warning', { level: 'warn', event: 'globus-slow', waitSeconds: 3 }, 'warn: globus-slow  (waitSeconds 3)'],
    [
      'an error with its message',
      { level: 'error', event: 'step-failed', error: { name: 'E', message: 'no such rule' } },
      'error: step-failed  (error no such rule)',
    ],
    ['something else', { level: 'info', event: 'cache-filled' }, undefined],
    ['a request, which is shown when it happens', { level: 'info', event: 'request-answered', path: '/' }, undefined],
    ['a line without an event', { level: 'error' }, undefined],
  ])('show %s', (_case, line, expected) => {
    expect(screenLine(line)).toBe(expected);
  });

  it('cut long facts', () => {
    expect(screenLine({ level: 'warn', event: 'e', text: 'x'.repeat(500) })?.length).toBeLessThan(200);
  });

  it('name every setting in the help', () => {
    for (const name of [
      'PORT',
      'GLOBUS_PORT',
      'DATAVERSE_PORT',
      'STATE_DIR',
      'LEASE_SECONDS',
      'GLOBUS_BYTES_PER_SECOND',
    ]) {
      expect(helpText()).toContain(name);
    }
  });
});
