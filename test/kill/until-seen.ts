import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type TransferState } from '../../functions/domain/transfer.ts';
import { DATASET } from '../support/builders.ts';
import type { RunningStack } from '../support/local-stack.ts';
import type { LogLine } from '../support/stack-control.ts';
import { call } from '../support/upload-client.ts';
import { followLog } from './log-tail.ts';
import type { Sight, StandIn } from './moment.ts';
import type { TransferClient } from './patient-client.ts';

const LOOK_EVERY_MILLISECONDS = 1;
const LONGEST_WAIT_MILLISECONDS = 40_000;

/**
 * Waits for what a moment is recognised by, looking about once a millisecond.
 * @throws Error when it is not seen within 40 s, or when the client fails before
 */
export async function untilSeen(stack: RunningStack, client: TransferClient, sight: Sight): Promise<void> {
  const isSeen = looker(stack, client, sight);
  const giveUpAt = performance.now() + LONGEST_WAIT_MILLISECONDS;
  let failure: Error | undefined;
  client.finished.catch((error: Error) => {
    failure = error;
  });
  while (!(await isSeen())) {
    if (failure) throw failure;
    if (performance.now() > giveUpAt) throw new Error('the moment did not come');
    await sleep(LOOK_EVERY_MILLISECONDS);
  }
}

function looker(stack: RunningStack, client: TransferClient, sight: Sight): () => Promise<boolean> {
  switch (sight.kind) {
    case 'client':
      return async () => client.hasCome(sight.milestone);
    case 'log': {
      const tail = followLog(stack.stateDirectory);
      return async () => tail.read().some((line) => fits(line, sight.event, sight.facts ?? {}));
    }
    case 'call': {
      const { occurrence = 1 } = sight;
      const target = new RegExp(sight.call.target);
      const isIt = (request: SeenRequest) => request.method === sight.call.method && target.test(request.target);
      return async () => (await ask<SeenRequest[]>(stack, sight.to, '/requests')).filter(isIt).length >= occurrence;
    }
    case 'rule':
      return async () => (await ask<{ rules: unknown[] }>(stack, 'globus', '/state')).rules.length > 0;
    case 'lock':
      return async () => (await datasetState(stack)).locks.some((lock) => fitsLock(lock, sight));
    case 'files':
      return async () => (await datasetState(stack)).files.length > 0;
    case 'signs': {
      const signs = countSigns(stack);
      return async () => {
        const { count, isOver } = await signs();
        return count >= sight.count || (isOver && client.hasCome('has its report accepted'));
      };
    }
  }
}

/** Signs of life since the start, and whether every transfer is over that was begun. */
function countSigns(stack: RunningStack): () => Promise<{ readonly count: number; readonly isOver: boolean }> {
  const tail = followLog(stack.stateDirectory);
  const states = new Map<unknown, TransferState>();
  let lines = 0;
  return async () => {
    for (const line of tail.read()) {
      lines += 1;
      if (line.event === 'transfer-state') states.set(line['transferId'], line['to'] as TransferState);
    }
    const calls = await Promise.all([
      ask<SeenRequest[]>(stack, 'globus', '/requests'),
      ask<SeenRequest[]>(stack, 'dataverse', '/requests'),
    ]);
    const count = calls.reduce((sum, each) => sum + each.length, lines);
    return { count, isOver: states.size > 0 && [...states.values()].every(isFinal) };
  };
}

interface SeenRequest {
  readonly method: string;
  readonly target: string;
}

interface LockState {
  readonly lockType: string;
  readonly userName: string;
}

interface DatasetState {
  readonly id: number;
  readonly locks: readonly LockState[];
  readonly files: readonly unknown[];
}

function fits(line: LogLine, event: string, facts: Readonly<Record<string, unknown>>): boolean {
  if (line.event !== event) return false;
  const said: Record<string, unknown> = { ...line, ...(line['result'] as object | undefined) };
  return Object.entries(facts).every(([name, value]) => said[name] === value);
}

function fitsLock(lock: LockState, { lockType, userName }: Pick<LockState, 'lockType' | 'userName'>): boolean {
  return lock.lockType === lockType && lock.userName === userName;
}

async function datasetState(stack: RunningStack): Promise<DatasetState> {
  const { datasets } = await ask<{ datasets: DatasetState[] }>(stack, 'dataverse', '/state');
  const dataset = datasets.find(({ id }) => id === Number(DATASET));
  if (!dataset) throw new Error(`the Dataverse stand-in does not know dataset ${DATASET}`);
  return dataset;
}

async function ask<Answer>(stack: RunningStack, standIn: StandIn, path: string): Promise<Answer> {
  const url = standIn === 'globus' ? stack.globusUrl : stack.dataverseUrl;
  return (await call(`${url}/_control${path}`)).body as Answer;
}
