import type { AccessRuleRow } from '../../functions/domain/access-rule.ts';
import type { RuleId, TransferId } from '../../functions/domain/ids.ts';
import { formatStorageIdentifier, mintFileNames } from '../../functions/domain/storage-identifier.ts';
import type { ReportMark, TransferRecord } from '../../functions/domain/transfer.ts';
import { aRecord, aRow, COLLECTION, PATH, PRINCIPAL, TASK } from './builders.ts';
import type { RecordedStack } from './recorded-stack.ts';
import { globusControl } from './stack-control.ts';
import { eventually, type GrantedFile, listRules } from './upload-client.ts';

/** A report of one file. */
export function aReport(changes: Partial<ReportMark> = {}): ReportMark {
  return { taskId: TASK, bodyHash: 'a hash', fileCount: 1, listId: 'a list', ...changes };
}

/** Puts records into the tables of a stack as workers leave them that die, so that no test has to wait for that. */
export function handMadeTransfers(stack: RecordedStack) {
  const { transfers, accessRules } = stack.stores;
  const now = () => Math.floor(stack.clock.nowMilliseconds() / 1000);
  const read = (transferId: string) => transfers.read(transferId as TransferId);
  let lastId = 0;

  return {
    /** Epoch seconds by the stack's clock. */
    now,
    read,
    stateOf: async (transferId: string) => (await read(transferId))?.state,

    /** A transfer that was granted just now, unless told; no execution follows it. */
    async put(changes: Partial<TransferRecord>): Promise<TransferRecord> {
      const transferId = `29-18b49d36${String(++lastId).padStart(3, '0')}` as TransferId;
      const times = {
        grantedAtEpochSeconds: now(),
        ruleBornAtEpochSeconds: now(),
        leaseEndsAtEpochSeconds: now() + 3_600,
        dueAtEpochSeconds: now() + 3_600,
      };
      const record = aRecord({ transferId, wasGranted: true, ...times, ...changes });
      await transfers.reserve(record);
      return record;
    },

    /** Changes a header while nobody works on it. */
    async change(transferId: string, changes: Partial<TransferRecord>): Promise<void> {
      await eventually(`${transferId} is free`, async () => {
        const found = await read(transferId);
        return found?.takenBy === null && transfers.write({ ...found, ...changes, version: found.version + 1 });
      });
    },

    /** Makes an access rule with a row for these holders. */
    async putRule(holders: readonly TransferId[], changes: Partial<AccessRuleRow> = {}): Promise<void> {
      const { path = PATH, principal = PRINCIPAL } = changes;
      await globusControl(stack, '/rules', { collectionId: COLLECTION, principal, path, permissions: 'rw' });
      const rule = (await listRules(stack)).find((each) => each.path === path && each.principal === principal);
      if (!rule) throw new Error(`there is no rule for ${path}`);
      const times = { bornAtEpochSeconds: now(), stateSinceEpochSeconds: now() };
      const held = Object.fromEntries(holders.map((holder) => [holder, 'rw' as const]));
      await accessRules.create(aRow({ ruleId: rule.id as RuleId, holders: held, ...times, ...changes }));
    },

    /** The first file that was granted with a record. */
    fileOf({ identifiersOf, identifierSeed, numberOfFiles, path, ...store }: TransferRecord): GrantedFile {
      const [name = ''] = mintFileNames(identifiersOf, identifierSeed, numberOfFiles);
      return { identifier: formatStorageIdentifier(store, name), path: `${path}${name}` };
    },
  };
}
