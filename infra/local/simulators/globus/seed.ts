import { createCipheriv, createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GlobusWorld, SeedEntry } from './world.ts';

/**
 * Bytes that look random but are the same in every run: the key stream of AES-256-CTR under the SHA-256 of the path.
 * @param sizeBytes - length of the result
 */
export function seedBytes(path: string, sizeBytes: number): Buffer {
  const key = createHash('sha256').update(path).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

/** The bytes of a seed file; undefined for a directory. */
export function seedContent(entry: SeedEntry): Buffer | undefined {
  if ('directory' in entry) return undefined;
  return 'text' in entry ? Buffer.from(entry.text, 'utf8') : seedBytes(entry.path, entry.sizeBytes);
}

/**
 * Makes the directory of each collection that has none yet and fills it.
 * A directory is filled under another name and then renamed, so a crash in between leaves nothing half filled.
 */
export function seedCollections(world: GlobusWorld, collectionsDirectory: string): void {
  for (const collection of world.collections) {
    const target = join(collectionsDirectory, collection.id);
    if (existsSync(target)) continue;
    const unfinished = `${target}.seeding`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    for (const entry of collection.seed) {
      const path = join(unfinished, entry.path);
      const content = seedContent(entry);
      mkdirSync(content ? dirname(path) : path, { recursive: true });
      if (content) writeFileSync(path, content);
    }
    renameSync(unfinished, target);
  }
}
