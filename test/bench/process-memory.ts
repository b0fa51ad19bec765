import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Resident memory of a process, in bytes. */
export interface ProcessMemory {
  readonly resident: number;
  /** The most that it ever had; where the system does not tell, what it has now. */
  readonly peak: number;
}

const KIB = 1024;

/** Reads `/proc`, or asks `ps` where there is none. @throws Error when there is no such process */
export function readMemory(pid: number): ProcessMemory {
  if (process.platform === 'linux') {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
    return { resident: kibibytes('VmRSS') * KIB, peak: kibibytes('VmHWM') * KIB };
  }
  const resident = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * KIB;
  return { resident, peak: resident };
}

const LOOK_EVERY_MILLISECONDS = 100;

/** Watches a process from now on. */
export interface MemoryWatch {
  /** @returns the peak of the process in bytes */
  stop(): number;
}

/** Looks again and again, for systems that remember no peak. */
export function watchMemory(pid: number): MemoryWatch {
  let highest = 0;
  const look = () => {
    try {
      highest = Math.max(highest, readMemory(pid).peak);
    } catch {
      // It has ended.
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MILLISECONDS);
  return {
    stop() {
      clearInterval(timer);
      look();
      return highest;
    },
  };
}
