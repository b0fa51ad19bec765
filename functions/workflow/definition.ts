import { LONGEST_PAUSE_BEFORE_LOOK_SECONDS, lookWaitSeconds } from '../domain/next-step.ts';
import { TRANSIENT_ERRORS, TRANSIENT_ERRORS_OF_A_WAIT } from './error-names.ts';

/**
 * The workflow that follows one transfer from grant to close, as Amazon States Language with JSONata expressions. CDK deploys it and the
 * local engine runs it. It only decides when which step runs: every step reads the record, does what is due, and says what comes next
 * (`next`) and after how long (`waitSeconds`), so that a new execution can go on from any point.
 *
 * ```
 * EndLease ─► Route ─┬─ REPORT ───► AwaitReport ── call ─► Route
 *     ▲              │                  └─ time over ─► EndLease
 *     │              ├─ FOLLOW ───► PauseBeforeLook ─► LookAtTask ─► Route    while looks are quick
 *     │              │              AwaitCompletion ── call ─► Route          after that
 *     │              │                  └─ time over ─► AwaitCompletion
 *     │              ├─ a wait ───► Pause ─► Dispatch
 *     └──── LEASE ───┼─ RELEASE ──► ReleaseAccessRule ─► Route
 *                    ├─ REGISTER ─► RegisterFiles ─► Route
 *                    ├─ CLOSE ────► CloseTransfer ─► Route
 *                    └─ DONE ─────► Done
 * ```
 * History: a step is 5 events, its Route 2, a pause 2, so a quick look is 9 events and 3 transitions; eleven of them cost 99 events. A round of
 * AwaitCompletion is 6 events and one transition: 365 rounds of a year are 2,200 events of the 25,000 that are allowed (A1).
 */

const INVOKE = 'arn:aws:states:::lambda:invoke';
const INVOKE_AND_WAIT = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const TRANSFER_ID = '{% $transferId %}';
const EXECUTION_NUMBER = '{% $executionNumber %}';
/** What a step that waits is told: its token, how long it waits, and since when this execution runs. */
const WAIT_PAYLOAD = {
  transferId: TRANSFER_ID,
  executionNumber: EXECUTION_NUMBER,
  executionStartedAt: '{% $states.context.Execution.StartTime %}',
  taskToken: '{% $states.context.Task.Token %}',
  waitSeconds: '{% $waitSeconds %}',
} as const;
/** What wakes a step that waits says what comes next. */
const REMEMBER_CALL = { next: '{% $states.result.next %}', waitSeconds: '{% $states.result.waitSeconds %}' } as const;
const REMEMBER_RESULT = {
  next: '{% $states.result.Payload.next %}',
  waitSeconds: '{% $states.result.Payload.waitSeconds %}',
} as const;

/** At most 5, 10, 20, 40, 80 and 120 s, on average half of that for the jitter: six tries over some two minutes before an operator is asked. */
const RETRY_WHEN_TRANSIENT = {
  ErrorEquals: TRANSIENT_ERRORS,
  IntervalSeconds: 5,
  BackoffRate: 2,
  MaxDelaySeconds: 120,
  MaxAttempts: 6,
  JitterStrategy: 'FULL',
} as const;

const RETRY_WHEN_WAIT_CANNOT_BEGIN = { ...RETRY_WHEN_TRANSIENT, ErrorEquals: TRANSIENT_ERRORS_OF_A_WAIT } as const;
const LONGEST_TOKEN_WAIT_SECONDS = lookWaitSeconds(Number.MAX_SAFE_INTEGER);

/** Anything else leads to an operator with rule and lock kept, never to a release. */
const OTHERWISE_RAISE_ATTENTION = {
  ErrorEquals: ['States.ALL'],
  Next: 'RaiseAttention',
  Assign: { reason: '{% $states.errorOutput.Error & ": " & $states.errorOutput.Cause %}' },
} as const;

/** A step of the workflow: one function that works on the record and says what is next. */
function step<FunctionName extends string>(functionName: FunctionName) {
  return {
    Type: 'Task',
    Resource: INVOKE,
    Arguments: { FunctionName: functionName, Payload: { transferId: TRANSFER_ID, executionNumber: EXECUTION_NUMBER } },
    TimeoutSeconds: 150,
    Assign: REMEMBER_RESULT,
    Retry: [RETRY_WHEN_TRANSIENT],
    Catch: [OTHERWISE_RAISE_ATTENTION],
    Next: 'Route',
  } as const;
}

const BY_NEXT = [
  { Condition: '{% $next = "LEASE" %}', Next: 'EndLease' },
  { Condition: '{% $next = "REPORT" %}', Next: 'AwaitReport' },
  { Condition: '{% $next = "FOLLOW" %}', Next: 'LookAtTask' },
  { Condition: '{% $next = "RELEASE" %}', Next: 'ReleaseAccessRule' },
  { Condition: '{% $next = "REGISTER" %}', Next: 'RegisterFiles' },
  { Condition: '{% $next = "CLOSE" %}', Next: 'CloseTransfer' },
  { Condition: '{% $next = "DONE" %}', Next: 'Done' },
] as const;

export const transferWorkflowDefinition = {
  Comment: 'Follows one transfer from grant to close',
  QueryLanguage: 'JSONata',
  StartAt: 'Begin',
  States: {
    Begin: {
      Type: 'Pass',
      Assign: {
        transferId: '{% $states.input.transferId %}',
        executionNumber: '{% $states.input.executionNumber %}',
        next: 'LEASE',
        waitSeconds: 0,
        reason: 'no reason given',
      },
      Next: 'EndLease',
    },
    EndLease: step('end-lease'),
    AwaitReport: {
      Type: 'Task',
      Resource: INVOKE_AND_WAIT,
      Arguments: { FunctionName: 'await-report', Payload: WAIT_PAYLOAD },
      // A wait of nothing is no legal time limit.
      TimeoutSeconds: '{% $max([1, $waitSeconds]) %}',
      Assign: REMEMBER_CALL,
      Retry: [RETRY_WHEN_WAIT_CANNOT_BEGIN],
      // The wait is over, or the step cannot be reached: either way the lease step reads the record and decides.
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'EndLease' }],
      Next: 'Route',
    },
    LookAtTask: step('look-at-task'),
    AwaitCompletion: {
      Type: 'Task',
      Resource: INVOKE_AND_WAIT,
      Arguments: { FunctionName: 'await-completion', Payload: WAIT_PAYLOAD },
      TimeoutSeconds: '{% $max([1, $waitSeconds]) %}',
      Assign: REMEMBER_CALL,
      Retry: [RETRY_WHEN_WAIT_CANNOT_BEGIN],
      Catch: [
        // Nobody called: the step looks for itself as it begins, and then waits longer. One transition and 6 events a round.
        {
          ErrorEquals: ['States.Timeout'],
          Next: 'AwaitCompletion',
          Assign: { waitSeconds: `{% $min([${LONGEST_TOKEN_WAIT_SECONDS}, 3 * $waitSeconds]) %}` },
        },
        OTHERWISE_RAISE_ATTENTION,
      ],
      Next: 'Route',
    },
    ReleaseAccessRule: step('release-access-rule'),
    RegisterFiles: step('register-files'),
    CloseTransfer: step('close-transfer'),
    RaiseAttention: {
      Type: 'Task',
      Resource: INVOKE,
      Arguments: {
        FunctionName: 'raise-attention',
        Payload: { transferId: TRANSFER_ID, executionNumber: EXECUTION_NUMBER, reason: '{% $reason %}' },
      },
      TimeoutSeconds: 60,
      Assign: REMEMBER_RESULT,
      // Without the table nothing can be noted; giving up would leave the transfer to the sweep alone. 1,000 tries are some two days.
      Retry: [
        {
          ErrorEquals: ['States.ALL'],
          IntervalSeconds: 10,
          BackoffRate: 2,
          MaxDelaySeconds: 300,
          MaxAttempts: 1_000,
          JitterStrategy: 'FULL',
        },
      ],
      Next: 'AfterAttention',
    },
    AfterAttention: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $next = "REPORT" or $next = "DONE" %}', Next: 'Dispatch' }],
      // Also a look at the task waits here first: the step that failed must not begin at once with the next.
      Default: 'Pause',
    },
    Route: {
      Type: 'Choice',
      Choices: [
        // The most frequent way, and the shortest.
        {
          Condition: `{% $next = "FOLLOW" and $waitSeconds <= ${LONGEST_PAUSE_BEFORE_LOOK_SECONDS} %}`,
          Next: 'PauseBeforeLook',
        },
        { Condition: '{% $next = "FOLLOW" %}', Next: 'AwaitCompletion' },
        { Condition: '{% $waitSeconds > 0 and $next != "REPORT" and $next != "DONE" %}', Next: 'Pause' },
        ...BY_NEXT,
      ],
      Default: 'UnknownStep',
    },
    PauseBeforeLook: { Type: 'Wait', Seconds: '{% $waitSeconds %}', Next: 'LookAtTask' },
    Pause: { Type: 'Wait', Seconds: '{% $waitSeconds %}', Next: 'Dispatch' },
    Dispatch: { Type: 'Choice', Choices: BY_NEXT, Default: 'UnknownStep' },
    UnknownStep: {
      Type: 'Pass',
      Assign: { reason: '{% "a step answered with an unknown next step: " & $string($next) %}' },
      Next: 'RaiseAttention',
    },
    Done: { Type: 'Succeed' },
  },
} as const;
