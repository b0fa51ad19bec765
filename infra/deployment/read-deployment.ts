import { existsSync, readFileSync } from 'node:fs';
import { ConfigurationError } from '../../functions/read-settings.ts';
import { type Deployment, parseDeployment } from './parse-deployment.ts';

/**
 * Reads the file with an installation's settings.
 * @param example - the file to look at instead where there is no such file; what is made of it is never deployed
 * @throws ConfigurationError when there is neither, or the file is no JSON, or it holds a fault
 */
export function readDeployment(file: string, example: string | undefined): Deployment & { readonly file: string } {
  const isExample = !existsSync(file) && example !== undefined;
  const source = isExample ? example : file;
  return { ...parseDeployment(contentOf(source), isExample), file: source };
}

function contentOf(file: string): unknown {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigurationError([
      `${file}: expected a file with the settings of this installation, got none (example: cp deployment.example.json ${file}, then docs/deploy.md)`,
    ]);
  }
  try {
    return JSON.parse(content);
  } catch (error) {
    const [where = ''] = /\(line \d+ column \d+\)/.exec(String(error)) ?? [];
    throw new ConfigurationError([
      `${file}: expected a JSON object, got something that is no JSON${where && ` ${where}`} (example: {"SITE_URL": "https://…"})`,
    ]);
  }
}
