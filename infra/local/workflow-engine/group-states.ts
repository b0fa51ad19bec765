import { freshCheckpoint, withoutWork } from './checkpoint.ts';
import { commit } from './commit.ts';
import type { Branch, MapState, ParallelState } from './definition.ts';
import { Interruption, QueryEvaluationFailure, StateFailure } from './errors.ts';
import { checkDataLimit, evaluateNumber, evaluateTemplate } from './expressions.ts';
import { type Completion, complete, type Frame, note, nowOf, scopeOf, visibleVariables } from './frame.ts';
import { groupEvent, type HistoryEvent, iterationEvent } from './history.ts';

/** Runs a frame to its end and gives its output. */
export type RunFrame = (frame: Frame) => Promise<unknown>;

/** Iterations an inline Map runs at once at most (Step Functions guide, "Inline mode"). */
const INLINE_MAP_CONCURRENCY = 40;

/** One branch or iteration that is to run. */
interface Child {
  readonly branch: Branch;
  readonly mapItem?: { readonly Index: number; readonly Value: unknown };
  /** Evaluated when the child starts. */
  input(): Promise<unknown>;
  readonly onStart: readonly HistoryEvent[];
  readonly onSuccess: () => readonly HistoryEvent[];
  readonly onFailure: () => readonly HistoryEvent[];
}

/** Runs the item processor for each item, in the order of the items, so many at once. */
export async function runMap(frame: Frame, state: MapState, runFrame: RunFrame): Promise<Completion> {
  if (!frame.checkpoint.items) {
    const scope = scopeOf(frame);
    const items =
      state.Items === undefined ? scope.states['input'] : await evaluateTemplate(state.Items, 'Items', scope);
    if (!Array.isArray(items)) throw new QueryEvaluationFailure('Items', "The field 'Items' must give a list.");
    checkDataLimit(items, 'list of items');
    const range = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
    const wanted = await evaluateNumber(state.MaxConcurrency ?? 0, 'MaxConcurrency', scope, range);
    const maxConcurrency = Math.min(wanted || INLINE_MAP_CONCURRENCY, INLINE_MAP_CONCURRENCY);
    note(frame, groupEvent(nowOf(frame), 'Map', 'Started', items.length));
    commit(frame, { ...frame.checkpoint, items, maxConcurrency });
  }
  const { items = [], maxConcurrency = 1, stateName } = frame.checkpoint;
  const children = items.map((value, index): Child => {
    const mapItem = { Index: index, Value: value };
    const iteration = (what: 'Started' | 'Succeeded' | 'Failed') => [
      iterationEvent(nowOf(frame), what, stateName, index),
    ];
    return {
      branch: state.ItemProcessor,
      mapItem,
      input: async () =>
        state.ItemSelector === undefined
          ? value
          : evaluateTemplate(state.ItemSelector, 'ItemSelector', scopeOf(frame, {}, { mapItem })),
      onStart: iteration('Started'),
      onSuccess: () => iteration('Succeeded'),
      onFailure: () => iteration('Failed'),
    };
  });
  return runGroup(frame, state, children, maxConcurrency, runFrame);
}

/** Runs all branches on the same input; the result is the list of their outputs. */
export async function runParallel(frame: Frame, state: ParallelState, runFrame: RunFrame): Promise<Completion> {
  if (!frame.checkpoint.items) {
    const input =
      state.Arguments === undefined
        ? frame.checkpoint.input
        : await evaluateTemplate(state.Arguments, 'Arguments', scopeOf(frame));
    checkDataLimit(input, 'set of arguments');
    note(frame, groupEvent(nowOf(frame), 'Parallel', 'Started'));
    commit(frame, { ...frame.checkpoint, items: [input] });
  }
  const input = frame.checkpoint.items?.[0];
  const none = () => [];
  const children = state.Branches.map(
    (branch): Child => ({ branch, input: async () => input, onStart: [], onSuccess: none, onFailure: none }),
  );
  return runGroup(frame, state, children, children.length, runFrame);
}

/** The first failure stops the others and becomes the failure of the state, with its own error name. */
async function runGroup(
  frame: Frame,
  state: MapState | ParallelState,
  children: readonly Child[],
  concurrency: number,
  runFrame: RunFrame,
): Promise<Completion> {
  const siblings = new AbortController();
  const stop = () => siblings.abort(frame.signal.reason);
  if (frame.signal.aborted) stop();
  frame.signal.addEventListener('abort', stop, { once: true });

  const outputs: unknown[] = new Array(children.length).fill(null);
  let nextIndex = 0;
  let failure: StateFailure | undefined;
  const worker = async () => {
    for (;;) {
      const index = nextIndex++;
      const child = children[index];
      if (!child || siblings.signal.aborted) return;
      try {
        outputs[index] = await runChild(frame, child, index, siblings.signal, runFrame);
      } catch (error) {
        if (siblings.signal.aborted) return;
        if (!(error instanceof StateFailure)) throw error;
        failure = error;
        siblings.abort(new Interruption('another branch failed'));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, children.length) }, worker));
  } finally {
    frame.signal.removeEventListener('abort', stop);
  }
  if (frame.signal.aborted) throw frame.signal.reason;
  if (failure) {
    note(frame, groupEvent(nowOf(frame), state.Type, 'Failed'));
    throw failure;
  }
  note(frame, groupEvent(nowOf(frame), state.Type, 'Succeeded'));
  return complete(state, outputs, scopeOf(frame, { result: outputs }), state.Next);
}

/** Runs or goes on with one child. Its failure is thrown as a plain StateFailure, its last events noted in the parent. */
async function runChild(
  parent: Frame,
  child: Child,
  index: number,
  signal: AbortSignal,
  runFrame: RunFrame,
): Promise<unknown> {
  const { engine, execution } = parent;
  const path = `${parent.path}.${index}`;
  const stored = engine.store.loadFrame(execution.record.id, path);
  if (stored?.finished) return stored.finished.output;
  const first = freshCheckpoint(child.branch.StartAt, null, {}, parent.checkpoint.lastEventId);
  const frame: Frame = {
    engine,
    execution,
    path,
    branch: child.branch,
    outerVariables: visibleVariables(parent),
    ...(child.mapItem && { mapItem: child.mapItem }),
    signal,
    checkpoint: stored ?? first,
    pending: stored ? [] : [...child.onStart],
  };
  let hasInput = stored !== undefined;
  try {
    if (!hasInput) {
      const input = await child.input();
      checkDataLimit(input, 'input of the iteration');
      frame.checkpoint = { ...first, input };
      hasInput = true;
    }
    const output = await runFrame(frame);
    for (const event of child.onSuccess()) note(frame, event);
    commit(frame, { ...withoutWork(frame.checkpoint), finished: { output } });
    return output;
  } catch (error) {
    if (!(error instanceof StateFailure) || signal.aborted) throw error;
    parent.pending.push(...frame.pending, ...child.onFailure());
    // A failing ItemSelector is the parent's expression and still has to be noted there; the child's own are noted already.
    throw hasInput ? new StateFailure(error.errorName, error.causeText) : error;
  }
}
