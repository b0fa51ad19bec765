import { TRANSIENT_ERRORS, TRANSIENT_ERRORS_OF_A_WAIT } from './error-names.ts';

/**
 * The workflow that follows one transfer from grant to close, as Amazon States Language with JSONata expressions. CDK deploys it and the
 * local engine runs it. It only decides when which step runs: every step reads the record, does what is due, and says what comes next
 * (`next`) and after how long (`waitSeconds`), so that a new execution can go on from any point.
 *
 * ```
 * EndLease ─► Route ─┬─ REPORT ───► AwaitReport ── report ─► Route
 *     ▲              │                  └─ time over ─► EndLease
 *     │              ├─ a wait ───► Pause ─► Dispatch
 *     └──── LEASE ───┼─ FOLLOW ───► LookAtTask ─► Route
 *                    ├─ RELEASE ──► ReleaseAccessRule ─► Route
 *                    ├─ REGISTER ─► RegisterFiles ─► Route
 *                    ├─ CLOSE ────► CloseTransfer ─► Route
 *                    └─ DONE ─────► Done
 * ```
 * History: a step is 5 events, its Route 2, a pause 2, so a look is 9 events and 3 transitions. Ten quick looks cost 90 events, a day of
 * looks at ten minutes 1,300; 25,000 are allowed (A1). The token wait on the shared task monitor takes the place of the slow looks:
 * PauseBeforeLook is its seam.
 */

const INVOKE = 'arn:aws:states:::lambda:invoke';
const INVOKE_AND_WAIT = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const TRANSFER_ID = '{% $transferId %}';
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
    Arguments: { FunctionName: functionName, Payload: { transferId: TRANSFER_ID } },
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
        reason: '',
      },
      Next: 'EndLease',
    },
    EndLease: step('end-lease'),
    AwaitReport: {
      Type: 'Task',
      Resource: INVOKE_AND_WAIT,
      Arguments: {
        FunctionName: 'await-report',
        Payload: { transferId: TRANSFER_ID, taskToken: '{% $states.context.Task.Token %}' },
      },
      // A wait of nothing is no legal time limit.
      TimeoutSeconds: '{% $max([1, $waitSeconds]) %}',
      Assign: { next: 'FOLLOW', waitSeconds: '{% $states.result.waitSeconds %}' },
      Retry: [{ ...RETRY_WHEN_TRANSIENT, ErrorEquals: TRANSIENT_ERRORS_OF_A_WAIT }],
      // The wait is over, or the step cannot be reached: either way the lease step reads the record and decides.
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'EndLease' }],
      Next: 'Route',
    },
    LookAtTask: step('look-at-task'),
    ReleaseAccessRule: step('release-access-rule'),
    RegisterFiles: step('register-files'),
    CloseTransfer: step('close-transfer'),
    RaiseAttention: {
      Type: 'Task',
      Resource: INVOKE,
      Arguments: { FunctionName: 'raise-attention', Payload: { transferId: TRANSFER_ID, reason: '{% $reason %}' } },
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
      Next: 'Route',
    },
    Route: {
      Type: 'Choice',
      Choices: [
        // The most frequent way, and the shortest.
        { Condition: '{% $next = "FOLLOW" %}', Next: 'PauseBeforeLook' },
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
