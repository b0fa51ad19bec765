// After the task has ended: look-at-task.ts, release-after-task.ts and
// close-transfer.ts. Registration (register-files.ts) has no effect on rules, and is left out.
#pragma once
#include "globus.hpp"
#include "lock.hpp"

namespace model {

/** look-at-task.ts lookAtTask, both reads at once; then what domain/next-step.ts nextStep says is due. */
inline void readSettling(Move& m) {
  const Transfer& transfer = m.transferBefore();
  if (transfer.header == BOUND && transfer.admission != UNVERIFIED && isTaskOver(m.was, m.t)) {
    m.transfer().header = SETTLING;
    m.transfer().admission = FULL;
    return m.goOn(Step::readRowToRelease, "the task has ended");
  }
  if (transfer.header != SETTLING) return m.leave("nothing to do");
  if (!transfer.isReleased) return m.goOn(Step::readRowToRelease, "release");
  m.self().isSecondLook = transfer.secondLook == DUE;
  m.goOn(transfer.secondLook == DUE ? Step::lookAgain : Step::readLockItem, "released");
}

/** release-after-task.ts releaseAfterTask, its last write. */
inline void writeReleased(Move& m) {
  Transfer& transfer = m.transfer();
  if (transfer.header != SETTLING) return m.leave("the record was taken over");
  transfer.isReleased = 1;
  // Where others hold the rule, they will look.
  if (m.before().outcome == GONE && clause.settleAgain) {
    transfer.secondLook = TO_COME;
    transfer.hiddenThen = hiddenTasks(m.was);
  }
  m.leave();
}

/** close-transfer.ts closeTransfer, its last write, or its wait for the second look. */
inline void writeClosed(Move& m) {
  if (m.header() != SETTLING) return m.leave("the record was taken over");
  if (m.transferBefore().secondLook != NO_MOMENT) return m.leave("waits for the second look");
  m.transfer().header = CLOSED;
  const u32 rule = m.was.globus.rule;
  if (rule && !isForeign(m.was, rule) && m.was.row.lastHolder == number(m.t)) violate(m.now, CLOSED_WITH_RULE);
  m.leave();
}

}  // namespace model
