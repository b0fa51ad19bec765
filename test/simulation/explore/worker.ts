import { parentPort, workerData } from 'node:worker_threads';
import { replaceWiring } from '../machinery/hooks.ts';
import type { Job } from './job.ts';

interface WorkerData {
  /** The mutant that this worker's product is; none for the product itself. */
  readonly mutant?: string;
  readonly isShrinking: boolean;
}

/** A thread that plays jobs, one after the other, with a product of its own. */
const { mutant, isShrinking } = workerData as WorkerData;
if (mutant === undefined) replaceWiring();
else {
  const { mutantNamed, patchOf } = await import('../mutants/apply-mutant.ts');
  replaceWiring(patchOf(mutantNamed(mutant)));
}
const { loadHandlers } = await import('../machinery/platform.ts');
const { playJob } = await import('./play-job.ts');
await loadHandlers();

parentPort?.on('message', async (job: Job) => {
  try {
    parentPort?.postMessage({ result: await playJob(job, isShrinking) });
  } catch (error) {
    parentPort?.postMessage({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
parentPort?.postMessage({ ready: true });
