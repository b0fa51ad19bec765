import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { access } from '../../functions/access.ts';
import type { TaskId } from '../../functions/domain/ids.ts';
import type { CallRecorder } from './call-recorder.ts';
import { handMadeTransfers } from './hand-made-transfers.ts';
import { neededGrants } from './needed-grants.ts';
import { startRecordedStack } from './recorded-stack.ts';
import { globusControl } from './stack-control.ts';
import { putSourceFile } from './upload-client.ts';
import { submitPaused } from './uploads.ts';

/** Longer than any of these stories goes on; nobody sweeps but who says so. */
export const LEASE_SECONDS = 3_600;
const UNBLOCK_KEY = 'dataverse-unblock-key';
const SOURCE = '/access/file.txt';

/** A stack on which functions are made to do all that they can do, with what it takes to hold their calls against their grants. */
export async function startAccessStage(recorder: CallRecorder) {
  // The stand-in asks for no such key, and minds none.
  process.env['DATAVERSE_UNBLOCK_KEY_SECRET'] = UNBLOCK_KEY;
  const stack = await startRecordedStack(recorder, { LEASE_SECONDS: String(LEASE_SECONDS), SWEEP_SECONDS: '86400' });
  const secretsFile = join(stack.stateDirectory, 'secrets.json');
  const secrets = JSON.parse(await readFile(secretsFile, 'utf8'));
  await writeFile(secretsFile, JSON.stringify({ ...secrets, [UNBLOCK_KEY]: 'open sesame' }));
  await putSourceFile(stack, SOURCE, 'a file\n');
  const made = handMadeTransfers(stack);
  let tasks = 0;

  /** Each as `<function>: <grant>`. */
  const needed = () =>
    new Set(
      recorder.calls.flatMap((call) => neededGrants(call).map((grant) => `${call.functionName}: ${grant as string}`)),
    );
  const granted = (functionNames: readonly string[]) =>
    functionNames.flatMap((name) => Object.keys(access[name] ?? {}).map((grant) => `${name}: ${grant}`));

  return {
    ...stack,
    ...made,

    runStep: (functionName: string, transferId: string, payload: object = {}) =>
      stack.run(functionName, { transferId, executionNumber: 1, ...payload }),

    /** Ends a hand-made transfer, so that nobody looks after it any more. */
    close: (transferId: string) => made.change(transferId, { state: 'CLOSED' }),

    /** A task of the researcher's into the managed collection that lives until it is ended or resumed. */
    liveTask: async (destination = `/hdc1/live-${++tasks}`) =>
      (await submitPaused(stack, [[SOURCE, destination]])) as TaskId,

    endTask: (taskId: string) => globusControl(stack, `/tasks/${taskId}/fail`, { code: 'X', description: 'ended' }),

    /** Globus answers every call that would make an access rule like this. */
    failRules: (status: number, body: object) =>
      globusControl(stack, '/faults', {
        match: '/access$',
        method: 'POST',
        kind: 'reply',
        times: null,
        reply: { status, body },
      }),

    /** What functions needed for their calls so far and are not granted. */
    needsBeyondGrants() {
      const all = new Set(granted(Object.keys(access)));
      return [...needed()].filter((need) => !all.has(need));
    },

    /** What these functions are granted and have not needed so far. */
    unusedGrants(functionNames: readonly string[]) {
      const used = needed();
      return granted(functionNames).filter((grant) => !used.has(grant));
    },

    async remove() {
      await stack.remove();
      delete process.env['DATAVERSE_UNBLOCK_KEY_SECRET'];
    },
  };
}

export type AccessStage = Awaited<ReturnType<typeof startAccessStage>>;
