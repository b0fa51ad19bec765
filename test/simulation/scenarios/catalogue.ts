import { BASE_SCENARIOS } from './base.ts';
import { EXECUTIONS } from './executions.ts';
import { FOLLOWING } from './following.ts';
import { GRANTING } from './granting.ts';
import { LEASE } from './lease.ts';
import { REPORT_CHECKS } from './report-checks.ts';
import { REPORTING } from './reporting.ts';
import type { Scenario } from './scenario.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...BASE_SCENARIOS,
  ...GRANTING,
  ...LEASE,
  ...REPORTING,
  ...REPORT_CHECKS,
];

/** Rows that no scenario plays, or not in full, and why. */
export const PLAYED_ELSEWHERE: Readonly<Record<string, string>> = {};
