import { accessDocument } from './access.ts';
import { configurationDocument } from './configuration.ts';

/** Pages made from the sources, by their path in the project. A test holds each against its file. */
export const DOCUMENTS: readonly { readonly file: string; readonly text: () => string }[] = [
  { file: 'docs/configuration.md', text: configurationDocument },
  { file: 'docs/access.md', text: accessDocument },
];
