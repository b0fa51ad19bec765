import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a local stack is to be reached, in this process or in one of its own. */
export interface RunningStack {
  readonly apiUrl: string;
  readonly globusUrl: string;
  readonly dataverseUrl: string;
  /** Absolute. */
  readonly stateDirectory: string;
}

/** The local stack as a process of its own, on free ports, as `npm start` runs it. */
export interface StackProcess extends RunningStack {
  /** What it has printed so far. */
  output(): string;
  /** kill -9: the signal is out when the call returns, the process gone when its promise resolves. */
  kill(): Promise<void>;
  /** A new start on the same folder and ports, once the process has ended. */
  restart(): Promise<void>;
  /** Both, one after the other. */
  killAndRestart(): Promise<void>;
  /** Ends it as Ctrl-C does. @returns the exit status */
  interrupt(): Promise<number | null>;
  /** Ends it for good and removes its folder. */
  remove(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../infra/local/main.ts', import.meta.url));
const READY_WITHIN_MILLISECONDS = 40_000;
const RESTARTS = 3;

/** @param environment - settings beside ports and folder, such as `LEASE_SECONDS` */
export async function startStackProcess(environment: Readonly<Record<string, string>> = {}): Promise<StackProcess> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'stack-'));
  let output = '';
  let child: ChildProcess;
  let addresses: Record<'API and site' | 'Globus simulator' | 'Dataverse stand-in', string>;

  const launch = async (ports: Readonly<Record<string, string>>) => {
    child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
      env: { ...process.env, ...environment, ...ports, STATE_DIR: stateDirectory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        printed += chunk.toString('utf8');
        output += chunk.toString('utf8');
      });
    }
    const giveUpAt = Date.now() + READY_WITHIN_MILLISECONDS;
    while (!/^ready in /m.test(printed)) {
      if (child.exitCode !== null || Date.now() > giveUpAt) throw new Error(`the stack did not start:\n${printed}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const addressOf = (name: string) => new RegExp(`${name}\\s+(http://\\S+)`).exec(printed)?.[1] ?? '';
    addresses = {
      'API and site': addressOf('API and site'),
      'Globus simulator': addressOf('Globus simulator'),
      'Dataverse stand-in': addressOf('Dataverse stand-in'),
    };
  };
  const ended = () =>
    new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
      else child.once('exit', (code) => resolve(code));
    });
  const portOf = (name: keyof typeof addresses) => new URL(addresses[name]).port;

  const kill = async () => {
    child.kill('SIGKILL');
    await ended();
  };
  const restart = async () => {
    const ports = {
      PORT: portOf('API and site'),
      GLOBUS_PORT: portOf('Globus simulator'),
      DATAVERSE_PORT: portOf('Dataverse stand-in'),
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await launch(ports);
      } catch (error) {
        // These ports were given out by the system: for a moment another test's connection may have one of them.
        if (attempt === RESTARTS || !/EADDRINUSE|in use by/.test(String(error))) throw error;
      }
    }
  };

  await launch({ PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' });
  return {
    get apiUrl() {
      return addresses['API and site'];
    },
    get globusUrl() {
      return addresses['Globus simulator'];
    },
    get dataverseUrl() {
      return addresses['Dataverse stand-in'];
    },
    stateDirectory,
    output: () => output,
    kill,
    restart,
    async killAndRestart() {
      await kill();
      await restart();
    },
    async interrupt() {
      child.kill('SIGINT');
      return ended();
    },
    async remove() {
      await kill();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}
