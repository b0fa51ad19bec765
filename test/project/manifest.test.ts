import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { httpApi, monitors, steps, tables } from '../../functions/manifest.ts';
import { readSources } from './source-files.ts';

const FUNCTIONS = [...httpApi.routes, httpApi.notFound, ...steps, ...monitors];

function urlOf(entry: string): URL {
  return new URL(`../../functions/${entry}`, import.meta.url);
}

describe('the manifest', () => {
  it.each(FUNCTIONS.map(({ functionName, entry }) => ({ functionName, entry })))(
    'names for $functionName an entry file that exports a handler and needs no environment to be imported',
    async ({ entry }) => {
      expect(existsSync(urlOf(entry))).toBe(true);
      const module: unknown = await import(urlOf(entry).href);
      expect(module).toHaveProperty('handler', expect.any(Function));
    },
  );

  it('names every file that exports a handler', () => {
    const withHandler = readSources('functions').filter((file) => /\bexport const handler\b/.test(file.code));
    const entries = new Set<string>(FUNCTIONS.map(({ entry }) => `functions/${entry}`));
    expect(withHandler.map((file) => file.path).filter((path) => !entries.has(path))).toEqual([]);
  });

  it('gives every function a name of its own, the same as that of its file', () => {
    const names = FUNCTIONS.map(({ functionName }) => functionName);
    expect(new Set(names).size).toBe(names.length);
    for (const { functionName, entry } of FUNCTIONS) expect(entry).toMatch(new RegExp(`^[a-z]+/${functionName}\\.ts$`));
  });

  it('serves every path once for each method', () => {
    const routes = httpApi.routes.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`);
    expect(new Set(routes).size).toBe(routes.length);
  });

  it('ends every HTTP function before the HTTP API cuts it at 30 s', () => {
    for (const { timeoutSeconds } of [...httpApi.routes, httpApi.notFound]) expect(timeoutSeconds).toBeLessThan(30);
  });

  it('lets browsers send every header the functions read, and every method of a route', () => {
    expect([...httpApi.cors.allowHeaders].sort()).toEqual([
      'authorization',
      'content-type',
      'idempotency-key',
      'x-dataverse-key',
    ]);
    expect(httpApi.cors.allowMethods).toEqual(expect.arrayContaining(httpApi.routes.map(({ method }) => method)));
  });

  it('gives every index keys of its own, and every table a name of its own', () => {
    const names = Object.values(tables).map(({ tableName }) => tableName);
    expect(new Set(names).size).toBe(names.length);
    for (const { partitionKey, sortKey, indexes } of Object.values(tables)) {
      const keys = indexes.flatMap((index) => [index.partitionKey, index.sortKey]);
      expect(new Set([partitionKey, sortKey, ...keys]).size).toBe(2 + keys.length);
    }
  });
});
