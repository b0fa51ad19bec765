/** The error that a call throws, so that a test can look at its name and message. @throws Error when the call throws nothing */
export function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected the call to throw, but it returned');
}
