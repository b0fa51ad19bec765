import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port of ours is in use by another program. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/** A port, and the setting that moves it. */
export interface WantedPort {
  readonly port: number;
  readonly setting: string;
}

const PAUSE_MILLISECONDS = 100;

/**
 * Waits until each of these ports is free on 127.0.0.1; after kill -9 the earlier process can hold them a moment longer.
 * @throws PortTakenError naming the ports that stay taken
 */
export async function waitForFreePorts(
  wanted: readonly WantedPort[],
  waitMilliseconds: number,
  onWait: (message: string) => void,
): Promise<void> {
  const endsAt = performance.now() + waitMilliseconds;
  let hasWaited = false;
  for (;;) {
    const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
    const taken = wanted.filter((_, index) => !free[index]);
    if (taken.length === 0) return;
    const message = `in use by another program: ${taken.map((each) => `port ${each.port} (${each.setting})`).join(', ')}`;
    if (performance.now() >= endsAt) {
      const settings = taken.map((each) => `${each.setting}=0`).join(' ');
      throw new PortTakenError(`${message}; choose another port, or any free one with ${settings}`);
    }
    if (!hasWaited) onWait(message);
    hasWaited = true;
    await sleep(PAUSE_MILLISECONDS);
  }
}

function isFree(port: number): Promise<boolean> {
  if (port === 0) return Promise.resolve(true);
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new Error(`port ${port}: ${error.message}`));
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
