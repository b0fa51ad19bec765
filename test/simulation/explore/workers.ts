import { Worker } from 'node:worker_threads';
import type { Job, JobResult } from './job.ts';

/** A thread that plays one job at a time. */
export interface Player {
  play(job: Job): Promise<JobResult>;
  stop(): Promise<void>;
}

type Answer = { readonly ready?: true; readonly result?: JobResult; readonly failure?: string };

/**
 * Starts a thread.
 * @throws Error when it cannot load the product, as when a mutant does not fit it any more
 */
export async function startPlayer(options: {
  readonly mutant?: string;
  readonly isShrinking: boolean;
}): Promise<Player> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: options });
  /** Whoever waits for the worker's next word. */
  let waiting: PromiseWithResolvers<Answer> | undefined;
  const answer = () => {
    waiting = Promise.withResolvers<Answer>();
    return waiting.promise;
  };
  worker.on('message', (message: Answer) => waiting?.resolve(message));
  worker.on('error', (error) => waiting?.reject(error));
  worker.on('exit', (code) => waiting?.reject(new Error(`a worker ended with ${code}`)));
  await answer();
  return {
    async play(job) {
      const answered = answer();
      worker.postMessage(job);
      const { result, failure } = await answered;
      if (result) return result;
      throw new Error(failure ?? 'a worker gave no result');
    },
    async stop() {
      await worker.terminate();
    },
  };
}

/** Plays jobs on several threads until there are no more, or until told to stop. */
export async function playAll(
  jobs: Iterable<Job>,
  options: { readonly threads: number; readonly isShrinking: boolean; readonly isOver: () => boolean },
  played: (job: Job, result: JobResult) => void,
): Promise<void> {
  const queue = jobs[Symbol.iterator]();
  const work = async () => {
    const player = await startPlayer({ isShrinking: options.isShrinking });
    try {
      while (!options.isOver()) {
        const { value: job, done } = queue.next();
        if (done) return;
        played(job, await player.play(job));
      }
    } finally {
      await player.stop();
    }
  };
  await Promise.all(Array.from({ length: options.threads }, work));
}
