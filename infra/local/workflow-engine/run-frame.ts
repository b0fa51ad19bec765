import { commit } from './commit.ts';
import { notingEvaluationFailure, withFailureHandling } from './failure-handling.ts';
import { advance, type Completion, currentState, type Frame, note, nowOf } from './frame.ts';
import { runMap, runParallel } from './group-states.ts';
import { stateEntered, stateExited } from './history.ts';
import { runChoice, runFail, runPass, runSucceed, runWait } from './simple-states.ts';
import { runTask } from './task-state.ts';

/**
 * Goes from state to state, one commit per transition, until the frame's last state; its exit is noted, not committed.
 * @returns the frame's output
 * @throws StateFailure that no Catch of this frame covers; Interruption when the frame is stopped
 */
export async function runFrame(frame: Frame): Promise<unknown> {
  for (;;) {
    await frame.engine.breathe();
    const state = currentState(frame);
    const { stateName, input, enteredAtMilliseconds } = frame.checkpoint;
    if (enteredAtMilliseconds === undefined) {
      const at = nowOf(frame);
      note(frame, stateEntered(at, state.Type, stateName, input));
      frame.checkpoint = { ...frame.checkpoint, enteredAtMilliseconds: at };
    }
    const completion = await runState(frame);
    const at = nowOf(frame);
    note(frame, stateExited(at, state.Type, stateName, completion.output, completion.assigned));
    const { next } = completion;
    if (next === undefined) return completion.output;
    note(frame, stateEntered(at, frame.branch.States[next]?.Type ?? 'Unknown', next, completion.output));
    commit(frame, advance(frame, { ...completion, next }, at));
  }
}

function runState(frame: Frame): Promise<Completion> {
  const state = currentState(frame);
  switch (state.Type) {
    case 'Task':
      return withFailureHandling(frame, state, () => runTask(frame, state));
    case 'Map':
      return withFailureHandling(frame, state, () => runMap(frame, state, runFrame));
    case 'Parallel':
      return withFailureHandling(frame, state, () => runParallel(frame, state, runFrame));
    case 'Pass':
      return notingEvaluationFailure(frame, () => runPass(frame, state));
    case 'Wait':
      return notingEvaluationFailure(frame, () => runWait(frame, state));
    case 'Choice':
      return notingEvaluationFailure(frame, () => runChoice(frame, state));
    case 'Succeed':
      return notingEvaluationFailure(frame, () => runSucceed(frame, state));
    case 'Fail':
      return notingEvaluationFailure(frame, () => runFail(frame, state));
  }
}
