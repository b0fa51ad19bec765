import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { countCalls, listColdCalls, listWarmCalls } from './call-tables.ts';
import { SERVICES } from './describe-call.ts';
import type { Figure, Part } from './figure.ts';
import { PAIRS, type ToldStory } from './round-trip-stories.ts';
import type { StoriesMessage } from './round-trips-process.ts';

const STORIES_PROCESS = fileURLToPath(new URL('./round-trips-process.ts', import.meta.url));
const LONGEST_STOP_MILLISECONDS = 7_000;

/** Which calls each function makes to the outside, counted and told one by one. */
export const roundTrips: Part = {
  name: 'round-trips',
  title: 'round trips to Globus, Dataverse, DynamoDB and Step Functions',
  async run({ signal }) {
    const stories = await storiesOfChild(signal);
    const twins = PAIRS.flat();
    return {
      figures: stories.filter(({ name }) => twins.includes(name)).flatMap(totalsOf),
      tables: [countCalls(stories), listWarmCalls(stories), listColdCalls(stories)],
    };
  },
};

/** The stack of the stories lives in a process of its own, which stops it and removes its folder. */
async function storiesOfChild(signal: AbortSignal): Promise<readonly ToldStory[]> {
  const child = fork(STORIES_PROCESS, [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    return await new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      child.once('message', (message: StoriesMessage) => {
        if (message.kind === 'told') resolve(message.stories);
        else reject(new Error(message.reason));
      });
      child.once('exit', (code, by) => reject(new Error(`the stories ended by themselves (${by ?? code})`)));
    });
  } finally {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_STOP_MILLISECONDS);
    await ended;
    clearTimeout(timer);
  }
}

/** The first upload finds every function new; the second one, none. */
function totalsOf({ name, calls }: ToldStory): readonly Figure[] {
  return SERVICES.map((service) => ({
    what: `${name}: calls to ${service}`,
    value: calls.filter((call) => call.service === service).length,
    unit: 'calls',
  }));
}
