import { FIXTURE_WORLD } from '../../infra/local/simulators/dataverse/fixture.ts';
import { createCallRecorder } from '../support/call-recorder.ts';
import { startRecordedStack } from '../support/recorded-stack.ts';
import { withOwnCopies } from './own-copies.ts';
import { LEASE_SECONDS, SWEEP_SECONDS, type ToldStory, tellStories } from './round-trip-stories.ts';

/** What this process tells the benchmark. */
export type StoriesMessage =
  | { readonly kind: 'told'; readonly stories: readonly ToldStory[] }
  | { readonly kind: 'failed'; readonly reason: string };

async function tell(message: StoriesMessage): Promise<void> {
  await new Promise((resolve) => process.send?.(message, resolve));
}

async function run(): Promise<void> {
  const superuser = FIXTURE_WORLD.users.find((user) => user.superuser);
  const recorder = createCallRecorder(superuser?.apiToken ?? '');
  const ended: string[] = [];
  const inOwnCopies: typeof recorder = {
    ...recorder,
    watch: (parts) => recorder.watch(withOwnCopies(parts, (functionName) => ended.push(functionName))),
  };
  const environment = { LEASE_SECONDS: String(LEASE_SECONDS), SWEEP_SECONDS: String(SWEEP_SECONDS) };
  const stack = await startRecordedStack(inOwnCopies, environment);
  // Ctrl-C reaches this process too; the benchmark itself decides when it stops.
  process.on('SIGINT', () => undefined);
  const stop = () => stack.remove().finally(() => process.exit(0));
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  await tellStories(stack, { calls: recorder.calls, ended }).then(
    (stories) => tell({ kind: 'told', stories }),
    (error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
  await stop();
}

// A handler that was given up on may still fail later.
process.on('unhandledRejection', () => undefined);
await run();
