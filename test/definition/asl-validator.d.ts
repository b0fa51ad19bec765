/** asl-validator comes without types; this is what is used of it. */
declare module 'asl-validator' {
  /** Judges a definition in Amazon States Language, into whose states it writes their query language. */
  function validate(definition: object): {
    readonly isValid: boolean;
    readonly errors: readonly unknown[];
    /** One line for each error. */
    errorsText(): string;
  };
  export = validate;
}
