/** One setting: what it means, its rule in words, an example, and how its text is read. */
export interface Setting<Value> {
  /** What it decides, as half a sentence for `docs/configuration.md`. */
  readonly meaning: string;
  readonly expected: string;
  readonly example: string;
  /** Present when the setting may be left out; undefined means that the setting is off then. */
  readonly fallback?: Value;
  /** How a wrong value is shown, where it may hold a secret that was pasted into the wrong place. */
  readonly shown?: (text: string) => string;
  /** @throws Error with the reason, or with an empty message where the rule in words says it all */
  readonly read: (text: string) => Value;
}

/** What a setting says of itself; the builders below add the rule. */
type About = Pick<Setting<unknown>, 'meaning'>;

function settingOf<Value>(about: About, rule: Omit<Setting<Value>, 'meaning'>): Setting<Value> {
  return { ...about, ...rule };
}

/** The same setting, which may be left out. */
export function optional<Value>(setting: Setting<Value>): Setting<Value | undefined> {
  return { ...setting, fallback: undefined };
}

/** The same setting with a value for when it is left out. */
export function withDefault<Value>(setting: Setting<Value>, fallback: Value): Setting<Value> {
  return { ...setting, fallback };
}

/** Any text but an empty one. */
export function text(about: About, expected: string, example: string): Setting<string> {
  return settingOf(about, { expected, example, read: (given) => given });
}

/** The name under which the secret store holds a secret. */
export function secretName(about: About, example: string): Setting<string> {
  return text(about, 'the name of a secret', example);
}

/** The origin of an http or https address; whatever else the text asks for would be without effect and is refused. */
export function origin(about: About, what: string, example: string): Setting<string> {
  return settingOf(about, {
    expected: `${what} as an http or https address without user, path or query`,
    example,
    shown: (given) => quoted(given.replace(/\/\/.*@/, '//…@').replace(/[?#].*/, '?…')),
    read: (given) => {
      const address = new URL(given);
      // The normalised text of a bare origin is the origin and a slash: anything more was asked for in vain.
      if (!['http:', 'https:'].includes(address.protocol) || address.href !== `${address.origin}/`) throw new Error('');
      return address.origin;
    },
  });
}

/** A whole number within bounds, both included. */
export function wholeNumber(about: About, minimum: number, maximum: number, fallback: number): Setting<number> {
  return settingOf(about, {
    expected: `a whole number from ${minimum} to ${maximum}`,
    example: String(fallback),
    fallback,
    read: (given) => {
      const value = /^[0-9]{1,9}$/.test(given) ? Number(given) : Number.NaN;
      if (!(value >= minimum && value <= maximum)) throw new Error('');
      return value;
    },
  });
}

/** One of a few words. */
export function oneOf<const Choice extends string>(
  about: About,
  choices: readonly Choice[],
  fallback: Choice,
): Setting<Choice> {
  return settingOf(about, {
    expected: `one of ${choices.join(', ')}`,
    example: fallback,
    fallback,
    read: (given) => {
      const choice = choices.find((each) => each === given);
      if (choice === undefined) throw new Error('');
      return choice;
    },
  });
}

/** `true` or `false`. */
export function flag(about: About, fallback: boolean): Setting<boolean> {
  return settingOf(about, {
    expected: 'one of true, false',
    example: String(fallback),
    fallback,
    read: (given) => {
      if (given !== 'true' && given !== 'false') throw new Error('');
      return given === 'true';
    },
  });
}

/** A value with a shape of its own; a wrong one is never shown, since it may hold anything. */
export function structured<Value>(
  about: About,
  rule: { readonly expected: string; readonly example: string; readonly read: (text: string) => Value },
): Setting<Value> {
  return settingOf(about, { ...rule, shown: () => 'something else' });
}

/** What a text of JSON holds. @throws Error that shows nothing of it: the parser's own message quotes the text, which may be a secret */
export function jsonIn(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    throw new Error('not JSON');
  }
}

/** A wrong value as messages show it. */
export function quoted(given: string): string {
  return JSON.stringify(given.slice(0, 120));
}
