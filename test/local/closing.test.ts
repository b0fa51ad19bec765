import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { closeInTurn } from '../../infra/local/closing.ts';
import { PortTakenError, waitForFreePorts } from '../../infra/local/ports.ts';

describe('closing in turn', () => {
  it('closes the last part first, and goes on past one that fails', async () => {
    const closed: string[] = [];
    const part = (name: string, close = async () => void closed.push(name)) => ({ name, close });
    const parts = [part('first'), part('broken', () => Promise.reject(new Error('stuck'))), part('last')];

    const leftOpen = await closeInTurn(parts);

    expect(closed).toEqual(['last', 'first']);
    expect(leftOpen).toEqual(['broken']);
    expect(parts).toEqual([]);
  });
});

describe('a part that never closes', () => {
  it('is left behind', async () => {
    const closed: string[] = [];
    const parts = [
      { name: 'first', close: async () => void closed.push('first') },
      { name: 'hanging', close: () => new Promise<void>(() => undefined) },
    ];

    expect(await closeInTurn(parts, 1)).toEqual(['hanging']);
    expect(closed).toEqual(['first']);
  });
});

describe('waiting for ports', () => {
  async function occupy(): Promise<{ port: number; free(): Promise<void> }> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { port, free: () => new Promise((resolve) => server.close(() => resolve())) };
  }

  it('names the port that stays taken and the setting that moves it', async () => {
    const taken = await occupy();
    const wanted = [
      { port: 0, setting: 'PORT' },
      { port: taken.port, setting: 'GLOBUS_PORT' },
    ];

    const waiting = waitForFreePorts(wanted, 0, () => undefined);

    await expect(waiting).rejects.toThrow(PortTakenError);
    await expect(waiting).rejects.toThrow(new RegExp(`: port ${taken.port} \\(GLOBUS_PORT\\);.*GLOBUS_PORT=0`));
    await taken.free();
  });

  it('goes on when the port comes free', async () => {
    const taken = await occupy();
    const waits: string[] = [];

    await waitForFreePorts([{ port: taken.port, setting: 'PORT' }], 10_000, (message) => {
      waits.push(message);
      void taken.free();
    });

    expect(waits).toEqual([expect.stringContaining(`port ${taken.port} (PORT)`)]);
  });
});
