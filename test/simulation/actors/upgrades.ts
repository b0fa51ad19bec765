import type { Item } from '../../../functions/adapters/dynamodb/table.ts';
import { transferWorkflowDefinition } from '../../../functions/workflow/definition.ts';
import type { StateMachineDefinition } from '../../../infra/local/workflow-engine/definition.ts';
import type { Simulation } from '../machinery/simulation.ts';

/** Deployments and restores: what runs and lies there is older than the code that meets it. */

/** What an older version did not hand to its steps. */
const YOUNGER_IN_PAYLOADS = ['executionNumber', 'executionStartedAt', 'waitSeconds'];
/** What may be missing in records of an older version (`functions/domain/transfer.ts`). */
const YOUNGER_IN_RECORDS = ['lockPolicy', 'times', 'roundsInLine', 'givenUp', 'steered', 'discarded'];

export const PRESENT_DEFINITION = transferWorkflowDefinition as unknown as StateMachineDefinition;

/** The definition as a version of about a year ago had it: its steps are told of the transfer alone. */
export const OLDER_DEFINITION = JSON.parse(
  JSON.stringify(transferWorkflowDefinition, (key, value: unknown) =>
    key === 'Payload' ? without(value as Item, YOUNGER_IN_PAYLOADS) : value,
  ),
) as StateMachineDefinition;

function without(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)));
}

/** Makes every transfer's record one that an older version wrote. */
export function ageRecords({ transfersTable }: Simulation): void {
  const aged = (item: Item) =>
    JSON.parse(
      JSON.stringify(item, (_key, value: unknown) =>
        value !== null && typeof value === 'object' && !Array.isArray(value)
          ? without(value as Item, YOUNGER_IN_RECORDS)
          : value,
      ),
    ) as Item;
  transfersTable.restore(
    [...transfersTable.items()].map((item) => (item['itemType'] === 'transfer' ? aged(item) : item)),
  );
}

/** The tables as they are now. @returns what puts them back to this point, as an operator does who restores them (docs/operations.md) */
export function backUp(sim: Simulation): () => void {
  const { transfersTable, rulesTable, circumstances, globus, dataverse } = sim;
  const [transfers, rules] = [[...transfersTable.items()], [...rulesTable.items()]];
  return () => {
    transfersTable.restore(transfers);
    rulesTable.restore(rules);
    circumstances.restored = true;
    circumstances.disturbedAtSeconds = sim.nowSeconds();
    const known = new Set(rules.map((row) => row['ruleId']));
    for (const { ruleId } of globus.truth.rules) {
      if (!known.has(ruleId) && !sim.foreignRules.has(ruleId)) circumstances.strayRules.add(ruleId);
    }
    // Locks that no table knows of any more are the operator's to take off.
    for (const [datasetId, { lockList }] of dataverse.datasets) {
      if (!sim.lockItems().some((item) => item.datasetId === datasetId)) lockList.splice(0);
    }
    sim.stirred();
  };
}
