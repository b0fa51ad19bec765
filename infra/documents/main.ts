/** `npm run docs`: writes the pages of docs/ that are made from the sources. */
import { writeFileSync } from 'node:fs';
import { isWithoutArguments } from '../command-line.ts';
import { DOCUMENTS } from './documents.ts';

const HELP = `Writes the pages that are made from the sources, and names them:
${DOCUMENTS.map(({ file }) => `  ${file}`).join('\n')}

  npm run docs
`;

if (isWithoutArguments(HELP)) {
  for (const { file, text } of DOCUMENTS) {
    writeFileSync(file, text());
    process.stdout.write(`${file}\n`);
  }
}
