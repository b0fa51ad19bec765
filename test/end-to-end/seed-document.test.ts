import { afterAll, beforeAll, describe } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { addingFiles } from './seed-document/adding-files.ts';
import { downloading } from './seed-document/downloading.ts';
import { performingUpload } from './seed-document/performing-upload.ts';
import { requestingParameters } from './seed-document/requesting-parameters.ts';

/*
 * The chapter "Globus Transfer API" of Dataverse's guides, sentence by sentence, in its order, on one local stack: each test is a sentence.
 * Left out are the kinds of sentences that say nothing of what the API does: the overview at its head, how stores are configured, advice to
 * people ("should thus check the size"), pointers to other sections and guides, and what lies in shell variables. Where the document changes
 * datasets within an example (it asks for 7U7YBV, and shows the answer for ILLPXE) the dataset of the answer is taken.
 */

let stack: StackProcess;
beforeAll(async () => {
  // Without a setting of its own: what the document calls a default is the product's.
  stack = await startStackProcess();
});
afterAll(() => stack?.remove());

const inItsTime = { timeout: 120_000 };
describe('Requesting Upload or Download Parameters', inItsTime, () => requestingParameters(() => stack));
describe('Performing an Upload/Transfer In', inItsTime, () => performingUpload(() => stack));
describe('Adding Files to the Dataset', inItsTime, () => addingFiles(() => stack));
describe('Downloading/Transfer Out Via Globus', inItsTime, () => downloading(() => stack));
