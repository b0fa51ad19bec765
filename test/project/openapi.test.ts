import { describe, expect, it } from 'vitest';
import { httpApi } from '../../functions/manifest.ts';
import {
  followReference,
  isRecord,
  operationAt,
  operationsOf,
  pointerOf,
  readOpenApi,
  valueAt,
} from '../support/openapi-document.ts';
import { createReplyCheck } from '../support/openapi-replies.ts';
import { schemasOf } from '../support/openapi-schemas.ts';

const document = readOpenApi();
const operations = operationsOf(document);
const schemas = schemasOf(document);

/** Pointers to every object in the document that has such a member, with the member's value. */
function everywhere(member: string): readonly { readonly pointer: string; readonly value: unknown }[] {
  const found: { pointer: string; value: unknown }[] = [];
  const visit = (value: unknown, segments: readonly string[]): void => {
    if (!isRecord(value)) return;
    if (Object.hasOwn(value, member)) found.push({ pointer: pointerOf(segments), value: value[member] });
    for (const [name, part] of Object.entries(value)) visit(part, [...segments, name]);
  };
  visit(document, []);
  return found;
}

/** Media types, parameters and headers: whatever holds a schema, with the examples of it. */
function withSchema() {
  return everywhere('schema').map(({ pointer }) => {
    const holder = valueAt(document, pointer) as Record<string, unknown>;
    const named = isRecord(holder['examples']) ? Object.keys(holder['examples']) : [];
    const examples = named.map((name) => {
      const example = followReference(document, `${pointer}/examples/${encodeURIComponent(name)}`).value;
      return { name, value: (example as Record<string, unknown>)['value'] };
    });
    if (Object.hasOwn(holder, 'example')) examples.push({ name: 'example', value: holder['example'] });
    return { pointer, schema: `${pointer}/schema`, examples };
  });
}

describe('docs/openapi.yaml', () => {
  it('describes the routes of the manifest and no other, under the same prefixes', () => {
    const routes = httpApi.routes.map(({ method, path }) => `${method} ${path}`);
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...routes].sort());
    expect(document.servers.map(({ url }) => url)).toEqual(httpApi.prefixes);
  });

  it('names each operation as its function is named, in one word', () => {
    const named = httpApi.routes.map(({ functionName, method, path }) => {
      const operationId = functionName.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return `${method} ${path} ${operationId}`;
    });
    expect(operations.map(({ method, path, operationId }) => `${method} ${path} ${operationId}`).sort()).toEqual(
      named.sort(),
    );
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  it('is OpenAPI 3.1', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
  });

  it('refers to nothing that is not there', () => {
    const references = everywhere('$ref').map(({ value }) => String(value));
    expect(references.length).toBeGreaterThan(100);
    for (const reference of references) expect(() => valueAt(document, reference), reference).not.toThrow();
  });

  it('describes nothing that nobody refers to', () => {
    const used = new Set(everywhere('$ref').map(({ value }) => String(value)));
    const parts = Object.entries(document.components).flatMap(([kind, members]) =>
      kind === 'securitySchemes' ? [] : Object.keys(members).map((name) => `#/components/${kind}/${name}`),
    );
    expect(parts.filter((part) => !used.has(part))).toEqual([]);
  });

  it('has schemas only that are JSON Schema 2020-12', () => {
    const pointers = [
      ...Object.keys(document.components['schemas'] ?? {}).map((name) => pointerOf(['components', 'schemas', name])),
      ...withSchema().map(({ schema }) => schema),
    ];
    expect(pointers.length).toBeGreaterThan(50);
    for (const pointer of pointers) expect(() => schemas.compile(pointer), pointer).not.toThrow();
  });

  it('gives examples that are as it says', () => {
    const all = withSchema().flatMap(({ pointer, schema, examples }) =>
      examples.map(({ name, value }) => ({ where: `${pointer} ${name}`, faults: schemas.faultsOf(schema, value) })),
    );
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter(({ faults }) => faults.length > 0)).toEqual([]);
  });

  it('gives an example of every success, every refusal and every body', () => {
    const bodies = withSchema().filter(({ pointer }) => /\/content\//.test(pointer));
    expect(bodies.filter(({ examples }) => examples.length === 0).map(({ pointer }) => pointer)).toEqual([]);
  });

  it('says of each operation who may call it, what it answers, and what the parts of its path are', () => {
    const schemes = Object.keys(document.components['securitySchemes'] ?? {});
    for (const { pointer, path, parameters, responses } of operations) {
      const { security, summary } = valueAt(document, pointer) as Record<string, readonly Record<string, unknown>[]>;
      expect(summary, pointer).toBeTruthy();
      expect(
        security?.flatMap((each) => Object.keys(each)).every((name) => schemes.includes(name)),
        pointer,
      ).toBe(true);
      const described = parameters.map((each) => {
        const reference = isRecord(each) && typeof each['$ref'] === 'string' ? each['$ref'] : undefined;
        return (reference ? valueAt(document, reference) : each) as Record<string, unknown>;
      });
      const inPath = described.filter((each) => each['in'] === 'path' && each['required'] === true);
      expect(inPath.map((each) => `{${each['name']}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(Object.keys(responses), pointer).toEqual(
        expect.arrayContaining(['200', '401', '404', '413', '429', '431', '500', '502', '503', '508']),
      );
      for (const status of Object.keys(responses)) {
        expect(followReference(document, `${pointer}/responses/${status}`).value).toHaveProperty('description');
      }
    }
  });
});

describe('the check of replies', () => {
  const check = createReplyCheck();
  const reply = (changes: object) => ({
    method: 'POST',
    path: '/api/v1/datasets/29/addGlobusFiles',
    status: 200,
    contentType: 'application/json',
    body: '{"status":"OK","data":{"message":"Async call to Globus Upload started "}}',
    ...changes,
  });
  const notThere = {
    path: '/api/globus/nothing',
    status: 404,
    body: '{"status":"ERROR","code":404,"message":"x","requestUrl":"/api/globus/nothing","requestMethod":"POST"}',
  };

  it.each([
    { case: 'a documented answer', changes: {} },
    { case: 'a refusal', changes: { status: 401, body: '{"status":"ERROR","message":"Bad API key"}' } },
    { case: 'a path with escapes', changes: { path: '/api/datasets/%3ApersistentId/addGlobusFiles' } },
    { case: 'an answer of the HTTP API itself', changes: { status: 413, body: '{"message":"Request Too Long"}' } },
    { case: 'a path that is not there', changes: notThere },
    { case: 'a HEAD', changes: { ...notThere, method: 'HEAD', body: '' } },
    { case: 'a preflight', changes: { method: 'OPTIONS', status: 204, contentType: null, body: '' } },
  ])('lets $case pass', ({ changes }) => {
    expect(check.faultsOf(reply(changes))).toEqual([]);
  });

  it.each([
    { case: 'a status that is not documented', changes: { status: 418 }, fault: /status 418 is not documented/ },
    { case: 'a body of another form', changes: { body: '{"status":"OK","data":{}}' }, fault: /message/ },
    {
      case: 'a member too much',
      changes: { status: 400, body: '{"status":"ERROR","message":"x","a":1}' },
      fault: /\(a\)/,
    },
    { case: 'no JSON', changes: { body: 'OK' }, fault: /no JSON/ },
    { case: 'another type', changes: { contentType: 'text/html' }, fault: /text\/html/ },
    { case: 'a body where there is none', changes: { method: 'OPTIONS', status: 204 }, fault: /no body/ },
    { case: 'a 200 for a path that is not there', changes: { ...notThere, status: 200 }, fault: /not documented/ },
  ])('finds $case', ({ changes, fault }) => {
    expect(check.faultsOf(reply(changes)).join()).toMatch(fault);
  });

  it('finds the operation of a path under both prefixes, and none for its neighbours', () => {
    const at = (path: string) => operationAt(document, 'POST', path)?.operationId;
    expect([at('/api/datasets/29/addGlobusFiles'), at('/api/v1/datasets/29/addGlobusFiles')]).toEqual([
      'addGlobusFiles',
      'addGlobusFiles',
    ]);
    expect([
      at('/api/v2/datasets/29/addGlobusFiles'),
      at('/api/datasets//addGlobusFiles'),
      at('/api/datasets/29/addGlobusFiles/'),
    ]).toEqual([undefined, undefined, undefined]);
  });
});
