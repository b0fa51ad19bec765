import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';
import { isWithoutArguments } from '../command-line.ts';

const HELP = `Prints the definition of the transfer workflow as JSON: Amazon States Language, query language JSONata, complete in itself.

  npm run --silent definition > transfer-workflow.json

The functions are called by their plain names, such as "end-lease"; functions/manifest.ts lists them with their entry files.
`;

if (isWithoutArguments(HELP)) process.stdout.write(`${JSON.stringify(transferWorkflowDefinition, null, 2)}\n`);
