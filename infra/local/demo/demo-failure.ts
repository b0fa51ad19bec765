/** The demo cannot go on or was disproved. The message is one sentence for people. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

/** The person at the keyboard ended the demo. */
export class DemoInterrupted extends Error {
  override readonly name = 'DemoInterrupted';

  constructor() {
    super('The demo was interrupted.');
  }
}
