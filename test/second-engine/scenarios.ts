/** What a function answers when the workflow calls it: see `scripted-functions.ts`. */
export type Answer =
  | { readonly next: string; readonly waitSeconds: number }
  /** The function fails with an error of this name. */
  | { readonly error: string }
  /** A step that waits returns, and is called with its token only then. */
  | { readonly called: { readonly next: string; readonly waitSeconds: number } }
  /** A step that waits is never called. */
  | 'nobody calls'
  /** A reply without a next step. */
  | 'nonsense';

/** One call that the workflow must make, with what it must tell beside the transfer and the execution, and the function's answer to it. */
export interface ExpectedCall {
  readonly step: string;
  readonly told?: Readonly<Record<string, unknown>>;
  readonly answer: Answer;
}

/** An execution from its start to its end: exactly these calls in this order. */
export interface Scenario {
  readonly title: string;
  readonly calls: readonly ExpectedCall[];
  /** The same states with delays of at most two seconds before a retry; unless told, the definition as it is. */
  readonly retries?: 'quick';
}

const next = (name: string, waitSeconds = 0) => ({ next: name, waitSeconds });
const call = (step: string, answer: Answer, told?: ExpectedCall['told']): ExpectedCall =>
  told ? { step, answer, told } : { step, answer };

const LEASE_BEGINS = call('end-lease', next('REPORT', 60));
const REPORTED = [LEASE_BEGINS, call('await-report', next('FOLLOW', 1), { waitSeconds: 60 })];
const SETTLED = [
  call('release-access-rule', next('REGISTER')),
  call('register-files', next('CLOSE')),
  call('close-transfer', next('DONE')),
];
const FINISHED = [call('look-at-task', next('RELEASE')), ...SETTLED];
const attention = (reason: string, answer: Answer) => call('raise-attention', answer, { reason });

/** Two more than this are the most before an operator is asked. */
const FOUR_FAILURES = Array.from({ length: 4 }, () => call('look-at-task', { error: 'UnavailableError' }));

/** Waits are short: the second engine runs in real time. */
export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'reported and finished: looks, batches of files, a second look before the close',
    calls: [
      LEASE_BEGINS,
      call('await-report', { called: next('FOLLOW', 1) }, { waitSeconds: 60 }),
      call('look-at-task', next('FOLLOW', 1)),
      call('look-at-task', next('RELEASE')),
      call('release-access-rule', next('RELEASE', 1)),
      call('release-access-rule', next('REGISTER', 2)),
      call('register-files', next('REGISTER', 1)),
      call('register-files', next('REGISTER')),
      call('register-files', next('CLOSE', 2)),
      call('close-transfer', next('CLOSE', 1)),
      call('close-transfer', next('DONE')),
    ],
  },
  {
    title: 'reported while the wait begins: the step calls itself before it returns',
    calls: [...REPORTED, ...FINISHED],
  },
  {
    title: 'lease over: nobody reports, the lease step comes again and once more after a pause',
    calls: [
      call('end-lease', next('REPORT', 1)),
      call('await-report', 'nobody calls', { waitSeconds: 1 }),
      call('end-lease', next('LEASE', 1)),
      call('end-lease', next('LEASE')),
      call('end-lease', next('DONE')),
    ],
  },
  {
    title: 'lease over at once: a wait of nothing is a wait of a second',
    calls: [
      call('end-lease', next('REPORT')),
      call('await-report', 'nobody calls', { waitSeconds: 0 }),
      call('end-lease', next('DONE')),
    ],
  },
  {
    title: 'task failed: the rule goes, nothing is registered',
    calls: [
      ...REPORTED,
      call('look-at-task', next('RELEASE')),
      call('release-access-rule', next('CLOSE')),
      call('close-transfer', next('CLOSE', 1)),
      call('close-transfer', next('DONE')),
    ],
  },
  {
    title: 'callback by token: the end of a long task is called in',
    calls: [
      ...REPORTED,
      call('look-at-task', next('FOLLOW', 3_600)),
      call('await-completion', { called: next('RELEASE') }, { waitSeconds: 3_600 }),
      ...SETTLED,
    ],
  },
  {
    title: 'callback by token: a call may send the step back to wait, longer or for a quick look',
    calls: [
      ...REPORTED,
      call('look-at-task', next('FOLLOW', 3_600)),
      call('await-completion', next('FOLLOW', 10_800), { waitSeconds: 3_600 }),
      call('await-completion', { called: next('FOLLOW', 1) }, { waitSeconds: 10_800 }),
      ...FINISHED,
    ],
  },
  {
    title: 'nobody calls about a long task: the next wait is three times as long',
    calls: [
      ...REPORTED,
      call('look-at-task', next('FOLLOW', 61)),
      call('await-completion', 'nobody calls', { waitSeconds: 61 }),
      call('await-completion', { called: next('RELEASE') }, { waitSeconds: 183 }),
      ...SETTLED,
    ],
  },
  {
    title: 'an error that passes by itself is retried',
    calls: [...REPORTED, call('look-at-task', { error: 'UnavailableError' }), ...FINISHED],
  },
  {
    title: 'an error that passes by itself is retried where a wait begins',
    calls: [
      LEASE_BEGINS,
      call('await-report', { error: 'RecordTakenError' }, { waitSeconds: 60 }),
      call('await-report', { called: next('FOLLOW', 1) }, { waitSeconds: 60 }),
      ...FINISHED,
    ],
  },
  {
    title: 'retries are counted anew each time a step is come to',
    retries: 'quick',
    calls: [...REPORTED, ...FOUR_FAILURES, call('look-at-task', next('FOLLOW', 1)), ...FOUR_FAILURES, ...FINISHED],
  },
  {
    title: 'an error that does not pass after six retries is an operator’s',
    retries: 'quick',
    calls: [
      ...REPORTED,
      ...Array.from({ length: 7 }, () => call('look-at-task', { error: 'UnavailableError' })),
      attention('UnavailableError: a "canary"', next('DONE')),
    ],
  },
  {
    title: 'an unknown error is an operator’s at once; after a pause the step is tried again',
    calls: [
      ...REPORTED,
      call('look-at-task', { error: 'TypeError' }),
      attention('TypeError: a "canary"', next('FOLLOW', 1)),
      ...FINISHED,
    ],
  },
  {
    title: 'an unknown error of any later step is an operator’s, and each is tried again after a pause',
    calls: [
      ...REPORTED,
      call('look-at-task', next('RELEASE')),
      call('release-access-rule', { error: 'TypeError' }),
      attention('TypeError: a "canary"', next('RELEASE', 1)),
      call('release-access-rule', next('REGISTER')),
      call('register-files', { error: 'RangeError' }),
      attention('RangeError: a "canary"', next('REGISTER', 1)),
      call('register-files', next('CLOSE')),
      call('close-transfer', { error: 'SyntaxError' }),
      attention('SyntaxError: a "canary"', next('CLOSE', 1)),
      call('close-transfer', next('DONE')),
    ],
  },
  {
    title: 'an unknown error where the wait for a long task begins is an operator’s',
    calls: [
      ...REPORTED,
      call('look-at-task', next('FOLLOW', 3_600)),
      call('await-completion', { error: 'TypeError' }, { waitSeconds: 3_600 }),
      attention('TypeError: a "canary"', next('RELEASE', 1)),
      ...SETTLED,
    ],
  },
  {
    title: 'an unknown error where the wait for the report begins leads to the lease step',
    calls: [
      LEASE_BEGINS,
      call('await-report', { error: 'TypeError' }, { waitSeconds: 60 }),
      call('end-lease', next('DONE')),
    ],
  },
  {
    title: 'an operator’s transfer that has no report yet waits for it without a pause',
    calls: [
      call('end-lease', { error: 'TypeError' }),
      attention('TypeError: a "canary"', next('REPORT', 1)),
      call('await-report', 'nobody calls', { waitSeconds: 1 }),
      call('end-lease', next('DONE')),
    ],
  },
  {
    title: 'an operator is told also when the telling fails at first',
    retries: 'quick',
    calls: [
      call('end-lease', { error: 'TypeError' }),
      attention('TypeError: a "canary"', { error: 'TypeError' }),
      attention('TypeError: a "canary"', next('DONE')),
    ],
  },
  {
    title: 'an unknown next step is an operator’s',
    calls: [
      call('end-lease', next('a "next" step')),
      attention('a step answered with an unknown next step: a "next" step', next('DONE')),
    ],
  },
  {
    title: 'an unknown next step after a pause is an operator’s',
    calls: [
      call('end-lease', next('ELSEWHERE', 1)),
      attention('a step answered with an unknown next step: ELSEWHERE', next('DONE')),
    ],
  },
  {
    title: 'a reply without a next step is an operator’s',
    calls: [call('end-lease', 'nonsense'), attention('States.QueryEvaluationError', next('DONE'))],
  },
];
