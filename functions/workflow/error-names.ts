/** Errors that pass by themselves where a state waits for a callback: there a time-out is the end of the wait and no failure. */
export const TRANSIENT_ERRORS_OF_A_WAIT = [
  'RecordTakenError',
  'UnavailableError',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
  // A function that passed its own time limit, that died, or of whose end the platform knows nothing.
  'Sandbox.Timedout',
  'Runtime.ExitError',
  'Lambda.Unknown',
] as const;

/**
 * Names of errors that pass by themselves, so that a step is repeated: ours, and what the platform throws when a function cannot be run.
 * `States.Timeout` is among them: every step is safe to repeat.
 */
export const TRANSIENT_ERRORS = [...TRANSIENT_ERRORS_OF_A_WAIT, 'States.Timeout'] as const;
