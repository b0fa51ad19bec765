import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { DRAFT, type FileToUpload, leftoversOf, registeredSums, upload } from '../support/whole-uploads.ts';

let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess();
});
afterAll(() => stack?.remove());

const sumOf = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');
const declaring = (name: string, type: string, value: string): FileToUpload => {
  return { name, content: contentOf(name), entry: { checksum: { '@type': type, '@value': value } } };
};
const contentOf = (name: string) => `bytes of ${name}\n`;
const md5Of = (name: string) => sumOf('md5', contentOf(name));
/** Globus computes a sum of each file only where the task asks for it. */
const VERIFIED = { ...DRAFT, task: { verify_checksum: true } };

it('a file that is not what was declared fails alone, with both sums in the reason', async () => {
  const wrong = sumOf('md5', 'something else');
  const files = [
    declaring('wrong.dat', 'MD5', wrong),
    declaring('right.dat', 'MD5', md5Of('right.dat').toUpperCase()),
    declaring('other-type.dat', 'SHA-256', sumOf('sha256', contentOf('other-type.dat'))),
    { name: 'undeclared.dat', content: contentOf('undeclared.dat') },
  ];
  const { granted } = await upload(stack, files, VERIFIED);
  const sums = await registeredSums(stack);
  expect(sums).toMatchObject({
    'right.dat': `MD5 ${md5Of('right.dat')}`,
    'other-type.dat': `SHA-256 ${sumOf('sha256', contentOf('other-type.dat'))}`,
    'undeclared.dat': `MD5 ${md5Of('undeclared.dat')}`,
  });
  expect(sums).not.toHaveProperty('wrong.dat');
  const reason = (await leftoversOf(stack)).get(granted[0]?.path ?? '');
  expect(reason).toContain(`begins with ${wrong.slice(0, 8)}`);
  expect(reason).toContain(`with ${md5Of('wrong.dat').slice(0, 8)}`);
});

it('what was declared is kept where Globus computed no sum to compare it with', async () => {
  const declared = sumOf('md5', 'nobody has looked');
  await upload(stack, [declaring('unverified.dat', 'MD5', declared), { name: 'bare.dat', content: 'bare' }]);
  const sums = await registeredSums(stack);
  expect(sums).toHaveProperty(['unverified.dat'], `MD5 ${declared}`);
  expect(sums['bare.dat']).toMatch(/^MD5 not available in dataverse \([0-9a-f]{11}-[0-9a-f]{12}\)$/i);
});
