import { BASE_SCENARIOS } from './base.ts';
import { EXECUTIONS } from './executions.ts';
import { FOLLOWING } from './following.ts';
import { GRANTING } from './granting.ts';
import { LEASE } from './lease.ts';
import { PLATFORM_AND_OPERATORS } from './platform-and-operators.ts';
import { REGISTERING } from './registering.ts';
import { REPORT_CHECKS } from './report-checks.ts';
import { REPORTING } from './reporting.ts';
import type { Scenario } from './scenario.ts';
import { SETTLING } from './settling.ts';
import { SHARING } from './sharing.ts';

/** Every story that is told, in the order of the catalogue. */
export const SCENARIOS: readonly Scenario[] = [
  ...BASE_SCENARIOS,
  ...GRANTING,
  ...SHARING,
  ...LEASE,
  ...REPORTING,
  ...REPORT_CHECKS,
  ...FOLLOWING,
  ...EXECUTIONS,
  ...SETTLING,
  ...REGISTERING,
  ...PLATFORM_AND_OPERATORS,
];

/** What a row concerns that no scenario over ports can play, and the tests that play it, named below `test/`. */
export const PLAYED_ELSEWHERE: Readonly<Record<string, string>> = {
  'F-08':
    "Which error codes mean that a directory is there is the adapter's to say: adapters/globus/make-directory.test.ts.",
  'F-35': 'A body over the limit is refused before any port is asked: end-to-end/report-checks.test.ts.',
  'F-37': 'Tokens lie in the adapters, and no port shows them: adapters/globus/tokens.test.ts.',
  'F-38':
    'Retry-After and the shared budget lie in the adapter: adapters/globus/retries.test.ts, adapters/globus/call-budget.test.ts.',
  'F-50': 'How many events an execution makes is counted with the real history: workflow/upload-execution.test.ts.',
  'F-72': 'Secrets are read inside the adapters: adapters/globus/tokens.test.ts, adapters/dataverse/retries.test.ts.',
  'F-74': "The SDK's own repetition, told by its write id, lies in the table adapter: contracts/stores.ts.",
  'F-76':
    'Only file lists of launches have a time to live, and what reads them is no transfer yet: http/download-endpoints.test.ts.',
  'F-78': 'Nothing is carried by a queue or a stream, so that no message can be poison.',
  'F-80': 'One Region; moving to another one is not built.',
  'F-81': 'A thousand rules in one sweep are counted, not played: use-cases/sweep-access-rules.test.ts.',
  'F-83': 'There is no switch that stops new grants; routing the calls elsewhere does.',
};
