import { BASE_SCENARIOS } from './base.ts';
import type { Scenario } from './scenario.ts';

/** All scenarios, the base ones first. */
export const SCENARIOS: readonly Scenario[] = [...BASE_SCENARIOS];
