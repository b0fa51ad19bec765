import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StepResult } from '../../functions/domain/next-step.ts';
import type { Workflow } from '../../functions/ports/workflow.ts';
import { TRANSFER } from '../support/builders.ts';

/** A workflow service without executions. Each execution is one step that waits for its token, and ends with that step's result. */
export interface WorkflowUnderContract {
  readonly workflow: Workflow;
  /** The token of the step that an execution waits in, once it waits. */
  tokenOf(executionName: string): Promise<string>;
  /** What the step of an execution was given as its result, once the execution has gone on with it and ended. */
  resultOf(executionName: string): Promise<StepResult>;
  /** Names of all executions there are, each as often as it was really started. */
  executions(): readonly string[];
  /** Stops an execution, as an operator does by hand. */
  stop(executionName: string): Promise<void>;
  /** A token in the service's own form that no step has. */
  readonly unknownToken: string;
  close(): Promise<void>;
}

const NEXT: StepResult = { next: 'RELEASE', waitSeconds: 7 };

/** What every adapter of the port `Workflow` does. */
export function describeWorkflowContract(name: string, makeAdapter: () => Promise<WorkflowUnderContract>): void {
  describe(`the workflow contract, kept by ${name}`, () => {
    let under: WorkflowUnderContract;
    beforeEach(async () => {
      under = await makeAdapter();
    });
    afterEach(() => under.close());

    const nameOf = (executionNumber: number) => `${TRANSFER}-${executionNumber}`;
    const endExecution = async (executionNumber: number) => {
      await under.workflow.start(TRANSFER, executionNumber);
      await under.workflow.wake(await under.tokenOf(nameOf(executionNumber)), NEXT);
      await under.resultOf(nameOf(executionNumber));
    };

    it('starts an execution under the name of its transfer and number', async () => {
      expect(await under.workflow.status(TRANSFER, 1)).toBe('missing');
      await under.workflow.start(TRANSFER, 1);
      expect(await under.workflow.status(TRANSFER, 1)).toBe('running');
      expect(await under.workflow.status(TRANSFER, 2)).toBe('missing');
      expect(under.executions()).toEqual([nameOf(1)]);
    });

    it('starts an execution once, however often it is told', async () => {
      await under.workflow.start(TRANSFER, 1);
      await Promise.all([under.workflow.start(TRANSFER, 1), under.workflow.start(TRANSFER, 1)]);
      expect(under.executions()).toEqual([nameOf(1)]);
    });

    it('runs executions of several numbers side by side', async () => {
      await under.workflow.start(TRANSFER, 1);
      await under.workflow.start(TRANSFER, 2);
      expect([...under.executions()].sort()).toEqual([nameOf(1), nameOf(2)]);
      expect(await under.tokenOf(nameOf(1))).not.toBe(await under.tokenOf(nameOf(2)));
    });

    it('takes the start of an execution that has ended for done, and does not run it again', async () => {
      await endExecution(1);
      expect(await under.workflow.status(TRANSFER, 1)).toBe('ended');
      await under.workflow.start(TRANSFER, 1);
      expect(under.executions()).toEqual([nameOf(1)]);
      expect(await under.workflow.status(TRANSFER, 1)).toBe('ended');
    });

    it('hands what is next to the step that waits with a token', async () => {
      await under.workflow.start(TRANSFER, 1);
      expect(await under.workflow.wake(await under.tokenOf(nameOf(1)), NEXT)).toBe('woken');
      expect(await under.resultOf(nameOf(1))).toEqual(NEXT);
    });

    it('finds a token gone that was used, also when its execution has ended', async () => {
      await under.workflow.start(TRANSFER, 1);
      const token = await under.tokenOf(nameOf(1));
      await under.workflow.wake(token, NEXT);
      expect(await under.workflow.wake(token, { next: 'DONE', waitSeconds: 0 })).toBe('gone');
      expect(await under.resultOf(nameOf(1))).toEqual(NEXT);
      expect(await under.workflow.wake(token, NEXT)).toBe('gone');
    });

    it('finds an execution that was stopped ended, and its token gone', async () => {
      await under.workflow.start(TRANSFER, 1);
      const token = await under.tokenOf(nameOf(1));
      await under.stop(nameOf(1));
      expect(await under.workflow.status(TRANSFER, 1)).toBe('ended');
      expect(await under.workflow.wake(token, NEXT)).toBe('gone');
    });

    it('finds a token gone that no step has, or that is none', async () => {
      expect(await under.workflow.wake(under.unknownToken, NEXT)).toBe('gone');
      expect(await under.workflow.wake('no token at all', NEXT)).toBe('gone');
    });
  });
}
