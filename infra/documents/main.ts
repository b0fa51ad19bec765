/** `npm run docs`: writes the pages of docs/ that are made from the sources. */
import { writeFileSync } from 'node:fs';
import { DOCUMENTS } from './documents.ts';

for (const { file, text } of DOCUMENTS) {
  writeFileSync(file, text());
  process.stdout.write(`${file}\n`);
}
