import { DemoFailure } from './demo-failure.ts';

/** Tells people what happens. */
export interface Narrator {
  /** Begins the next numbered step. */
  step(title: string): void;
  say(text: string): void;
  /**
   * Shows a claim with ✓, or with ✗ and then ends the demo.
   * @throws DemoFailure naming the claim
   */
  check(claim: string, isTrue: boolean): void;
  /** Shows how far a long piece of work is; `doneBytes` ≤ `totalBytes`. */
  showProgress(doneBytes: number, totalBytes: number): void;
  /** Shows that something is waited for; called again and again. */
  showWaiting(text: string): void;
  /** Takes a bar or spinner off the screen. */
  clear(): void;
}

/** Where the narration goes. */
export interface Screen {
  write(text: string): void;
  /** A terminal, whose last line can be drawn anew. */
  readonly isTerminal: boolean;
}

const BAR_CELLS = 30;
const SPINNER = ['|', '/', '-', '\\'];
const ERASE_LINE = '\r\u001b[2K';
/** Without a terminal the progress is one line for each of these many parts. */
const PLAIN_PARTS = 4;

/** Tells it in plain lines; on a terminal with a bar and a spinner besides. */
export function createNarrator(screen: Screen): Narrator {
  let steps = 0;
  let turns = 0;
  let isDrawn = false;
  let partsShown = 0;
  let lastWait = '';

  const draw = (text: string) => {
    screen.write(`${ERASE_LINE}${text}`);
    isDrawn = true;
  };
  const clear = () => {
    if (isDrawn) screen.write(ERASE_LINE);
    isDrawn = false;
  };
  const line = (text: string) => {
    clear();
    screen.write(`${text}\n`);
  };
  return {
    step(title) {
      steps += 1;
      partsShown = 0;
      lastWait = '';
      line(`\n${steps}. ${title}`);
    },
    say: (text) => line(text === '' ? '' : `   ${text}`),
    check(claim, isTrue) {
      line(`   ${isTrue ? '✓' : '✗'} ${claim}`);
      if (!isTrue) throw new DemoFailure(`This did not hold: ${claim}.`);
    },
    showProgress(doneBytes, totalBytes) {
      const text = progressText(doneBytes, totalBytes);
      if (screen.isTerminal) return draw(`   ${bar(doneBytes / totalBytes)} ${text}`);
      const part = Math.floor((doneBytes / totalBytes) * PLAIN_PARTS);
      if (part > partsShown) line(`   ${text}`);
      partsShown = Math.max(partsShown, part);
    },
    showWaiting(text) {
      if (screen.isTerminal) return draw(`   ${SPINNER[turns++ % SPINNER.length]} ${text}`);
      if (text !== lastWait) line(`   … ${text}`);
      lastWait = text;
    },
    clear,
  };
}

/** `17.0 of 65.6 MB`, a megabyte being a million bytes. */
function progressText(doneBytes: number, totalBytes: number): string {
  const percent = Math.floor((doneBytes / totalBytes) * 100);
  return `${String(percent).padStart(3)} %  ${(doneBytes / 1e6).toFixed(1)} of ${(totalBytes / 1e6).toFixed(1)} MB`;
}

/** A size for people: `64.0 MB`, `1.2 kB`, `0 bytes`. */
export function sizeText(bytes: number): string {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return bytes >= 1e3 ? `${(bytes / 1e3).toFixed(1)} kB` : `${bytes} bytes`;
}

function bar(fraction: number): string {
  const full = Math.round(fraction * BAR_CELLS);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]`;
}
