import { fileURLToPath } from 'node:url';
import { MUTANTS, type Mutant } from './mutants.ts';

const FUNCTIONS = fileURLToPath(new URL('../../../functions/', import.meta.url));

/** The mutant of a name. @throws Error that lists all when there is none */
export function mutantNamed(name: string): Mutant {
  const mutant = MUTANTS.find((each) => each.name === name);
  if (!mutant) throw new Error(`no mutant is called ${name}; there are ${MUTANTS.map((each) => each.name).join(', ')}`);
  return mutant;
}

/**
 * The source of a module with a mutant's changes in it.
 * @throws Error when a text that is to be replaced is not there exactly once: then the product has changed, and the mutant has to follow
 */
export function mutated(mutant: Mutant, file: string, source: string): string {
  return mutant.changes
    .filter((each) => each.file === file)
    .reduce((text, { from, to }) => {
      const parts = text.split(from);
      if (parts.length !== 2) throw new Error(`${mutant.name}: ${file} has this ${parts.length - 1} times: ${from}`);
      return parts.join(to);
    }, source);
}

/** The same for a module loader. */
export function patchOf(mutant: Mutant): (url: string, source: string) => string {
  return (url, source) => {
    const path = fileURLToPath(url);
    return path.startsWith(FUNCTIONS) ? mutated(mutant, path.slice(FUNCTIONS.length), source) : source;
  };
}
