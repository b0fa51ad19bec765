import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpApi } from '../../functions/manifest.ts';
import { operationAt, readOpenApi } from '../support/openapi-document.ts';
import { toWire } from './fuzz-request.ts';
import { mutant, toJsonText } from './nasty-values.ts';
import { fuzzRequest } from './requests.ts';

const made = (seed: number, numRuns = 1_000) => fc.sample(fuzzRequest, { seed, numRuns });

describe('made-up requests', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(made(1, 50)).toEqual(made(1, 50));
    expect(made(1, 50)).not.toEqual(made(2, 50));
  });

  it('reach every operation under both prefixes', () => {
    const document = readOpenApi();
    const targets = made(1).map((request) => toWire(request, () => '29'));
    for (const prefix of httpApi.prefixes) {
      const reached = targets
        .filter(({ target }) => target.startsWith(`${prefix}/datasets/`) || target.startsWith(`${prefix}/globus/`))
        .map(({ method, target }) => operationAt(document, method, target.split('?')[0] ?? '')?.operationId);
      expect(new Set(reached.filter((each) => each !== undefined)).size, prefix).toBe(httpApi.routes.length);
    }
  });

  it('can be sent as they are, whatever they hold', () => {
    for (const request of made(3)) {
      const { target, headers } = toWire(request, () => undefined);
      expect(target).toMatch(/^[\u0021-\u007e]*$/);
      for (const [, value] of headers) expect(value).toMatch(/^[\t\u0020-\u007e\u0080-\u00ff]*$/);
    }
  });
});

describe('a mark in a request', () => {
  const request = {
    method: 'POST',
    target: '/api/globus/transfers/«transfer:2»/«fill:3*ab»',
    edits: [{ find: 'transfers', put: 'x' }],
    headers: [['A', '«nothing:1»é\r\n']] as const,
    body: '{"a":"«transfer:0»"}',
  };

  it('becomes what the stack has given out, and one without meaning stays', () => {
    const wire = toWire(request, (kind, name) => (kind === 'transfer' ? `t${name}` : undefined));
    expect(wire.target).toBe('/api/globus/x/t2/ababab');
    expect(wire.headers).toEqual([['A', '«nothing:1»é??']]);
    expect(wire.body?.toString()).toBe('{"a":"t0"}');
  });
});

describe('a mutant of a value', () => {
  it('is mostly another value, and can be written as text', () => {
    const value = { taskIdentifier: 'x', files: [{ fileName: 'a' }, { fileName: 'b' }] };
    const texts = fc.sample(mutant(value), { seed: 1, numRuns: 200 }).map(toJsonText);
    expect(new Set(texts).size).toBeGreaterThan(100);
    expect(texts).toContain('{"files":[{"fileName":"a"},{"fileName":"b"}]}');
    expect(texts.some((text) => text.includes('1e400'))).toBe(true);
  });

  it('writes numbers that no double can hold', () => {
    expect(toJsonText({ a: { rawNumber: '9007199254740993' } })).toBe('{"a":9007199254740993}');
  });
});
