import { expect } from 'vitest';
import { COLLECTION } from './builders.ts';
import { type FaultOrder, type InjectedFault, inject } from './injected-faults.ts';
import { aDownload, anUpload, type PlayedTransfer } from './played-transfers.ts';
import { eventuallyInQuietTime, untilComesTo } from './quiet-time.ts';
import type { StackInProcess } from './stack-in-process.ts';
import { call } from './upload-client.ts';
import { resume } from './uploads.ts';

/** An upload and a download that are played at once, step by step. */
export interface Both {
  readonly transfers: readonly [upload: PlayedTransfer, download: PlayedTransfer];
  /** Each asks for access at the same moment. @returns the statuses of the answers */
  tryToAsk(): Promise<readonly number[]>;
  /** One after the other, and it is given. */
  ask(): Promise<void>;
  submit(): Promise<void>;
  /** Both at the same moment. @returns the statuses of the answers */
  tryToReport(): Promise<readonly number[]>;
  report(): Promise<void>;
  letTasksEnd(): Promise<void>;
  /** Waits, with the clock moved on while nobody is at work. */
  untilBothCome(state: 'OBSERVED' | 'SETTLING' | 'CLOSED', shiftSeconds?: number): Promise<void>;
  /** Each has its access rule, and there is no other; asked past the API, whose calls may all fail. */
  expectRulesStand(): Promise<void>;
  /** The first call that deletes the rule of each meets a fault, and those after it do not. */
  breakDeletions(fault: Pick<FaultOrder, 'kind' | 'reply'>): Promise<readonly InjectedFault[]>;
}

/** @param name - of their files, apart from all others */
export function playBoth(stack: StackInProcess, name: string): Both {
  const transfers = [anUpload(stack, name), aDownload(stack, name)] as const;
  const forBoth = async (act: (transfer: PlayedTransfer) => Promise<{ readonly status: number }>) =>
    (await Promise.all(transfers.map(act))).map(({ status }) => status);
  const expectOk = async (act: (transfer: PlayedTransfer) => Promise<{ readonly status: number }>) => {
    for (const transfer of transfers) expect((await act(transfer)).status, transfer.direction).toBe(200);
  };
  return {
    transfers,
    tryToAsk: () => forBoth((transfer) => transfer.ask()),
    ask: () => expectOk((transfer) => transfer.ask()),
    async submit() {
      for (const transfer of transfers) await transfer.submit();
    },
    tryToReport: () => forBoth((transfer) => transfer.report()),
    report: () => expectOk((transfer) => transfer.report()),
    async letTasksEnd() {
      for (const { taskId } of transfers) await resume(stack, taskId);
    },
    async untilBothCome(state, shiftSeconds) {
      for (const { transferId } of transfers) await untilComesTo(stack, transferId, state, shiftSeconds);
    },
    async expectRulesStand() {
      const principals = (await standingRules(stack)).map((rule) => rule.principal);
      expect(principals.toSorted()).toEqual(transfers.map(({ principal }) => principal).toSorted());
    },
    async breakDeletions(fault) {
      const rules = await standingRules(stack);
      expect(rules).toHaveLength(transfers.length);
      return Promise.all(
        rules.map(({ id }) =>
          inject(stack, 'globus', { method: 'DELETE', match: `/access/${id}`, times: 1, ...fault }),
        ),
      );
    },
  };
}

async function standingRules(
  stack: StackInProcess,
): Promise<{ id: string; collectionId: string; principal: string }[]> {
  const { body } = await call(`${stack.globusUrl}/_control/state`);
  return body.rules.filter((rule: { collectionId: string }) => rule.collectionId === COLLECTION);
}

/** Lets time pass on the stack's clock, which is moved on each time that nobody is at work. */
export async function letPass(stack: StackInProcess, seconds: number, stepSeconds = seconds): Promise<void> {
  const offset = async () => (await call(`${stack.apiUrl}/_control/clock`)).body.offsetSeconds;
  const before = await offset();
  const hasPassed = async () => (await offset()) - before >= seconds;
  await eventuallyInQuietTime(stack, `${seconds} s have passed`, hasPassed, stepSeconds);
}
