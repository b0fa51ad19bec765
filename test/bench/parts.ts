import { bundles } from './bundles.ts';
import { endpoints } from './endpoints.ts';
import type { Part } from './figure.ts';
import { largeUploads } from './large-uploads.ts';
import { localStackReady } from './local-stack-ready.ts';
import { monitorCalls } from './monitor-calls.ts';
import { promptness } from './promptness.ts';
import { roundTrips } from './round-trips.ts';
import { transitions } from './transitions.ts';

/** The parts of the benchmark, in the order they run. */
export const PARTS: readonly Part[] = [
  localStackReady,
  bundles,
  transitions,
  monitorCalls,
  promptness,
  endpoints,
  roundTrips,
  largeUploads,
];
