import { steps } from '../../functions/manifest.ts';
import { openRig, type RigFunction } from '../workflow-engine/rig.ts';
import { definitionFor, type Outcome, prepareRun, type ScenarioRun } from './scenario-run.ts';
import type { Scenario } from './scenarios.ts';

/** What a run in virtual time tells beside its outcome. */
interface LocalOutcome extends Outcome, Pick<ScenarioRun, 'transferId'> {
  /** Seconds from each call to the next. */
  readonly waits: readonly number[];
}

/** Runs a scenario in the local workflow engine, in virtual time. */
export async function runLocally(scenario: Scenario): Promise<LocalOutcome> {
  const run = prepareRun(scenario, () => ({
    client: rig.client,
    stateMachineArn: rig.engine.stateMachineArn('machine'),
  }));
  const functions = steps.map(({ functionName }): [string, RigFunction] => [
    functionName,
    (payload) => run.functions.run(functionName, payload),
  ]);
  const rig = await openRig({
    definition: definitionFor(scenario),
    functions: Object.fromEntries(functions),
    isBusy: run.functions.isBusy,
  });
  try {
    const outcome = await run.toEnd(async () => {
      await rig.settle();
      const isStuck = !rig.clock.moveToNextSleeper() && rig.outcome(run.transferId).status === 'RUNNING';
      if (isStuck) throw new Error('the execution can never end');
    });
    const times = rig.calls.map(({ atMilliseconds }) => atMilliseconds);
    const waits = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1_000);
    return { ...outcome, transferId: run.transferId, waits };
  } finally {
    await rig.close();
  }
}
