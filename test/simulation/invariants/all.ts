import type { Invariant } from '../machinery/watch.ts';
import { filesAreRegisteredOnce, locksBelongToUploads } from './files-and-locks.ts';
import { endedTasksSettleSoon, unreportedGrantsEndSoon } from './promptness.ts';
import {
  everyRuleHasItsRow,
  foreignRulesStay,
  intentPrecedesEachEffect,
  limitsAreKept,
  noRuleGoesUnderALiveTask,
  rulesAreAuthorised,
} from './rules.ts';
import {
  acceptedTasksAreClosed,
  closingNeedsAnEnd,
  everythingComesToItsEnd,
  oneRecordPerTask,
  promisesAreOnRecord,
  recordsMoveForward,
  secretsStayIn,
  theSweepAloneIsEnough,
} from './transfers.ts';

/** All that must hold (limits-and-threats.md section 5, I1 to I14 and L1 to L4), anew for each run: some remember what they saw. */
export function allInvariants(): readonly Invariant[] {
  return [
    everyRuleHasItsRow(),
    noRuleGoesUnderALiveTask(),
    acceptedTasksAreClosed(),
    closingNeedsAnEnd(),
    filesAreRegisteredOnce(),
    locksBelongToUploads(),
    intentPrecedesEachEffect(),
    rulesAreAuthorised(),
    oneRecordPerTask(),
    recordsMoveForward(),
    limitsAreKept(),
    secretsStayIn(),
    promisesAreOnRecord(),
    foreignRulesStay(),
    unreportedGrantsEndSoon(),
    endedTasksSettleSoon(),
    everythingComesToItsEnd(),
    theSweepAloneIsEnough(),
  ];
}
