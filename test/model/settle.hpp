// After the task has ended: look-at-task.ts, release-after-task.ts, register-files.ts, close-transfer.ts.
#pragma once
#include "dataverse.hpp"

namespace model {

inline bool isTaskOver(const State& s, int t) {
  const u32 bound = s.transfers[t].bound;
  return bound && s.tasks[bound - 1].state == ENDED;
}

/** look-at-task.ts lookAtTask, both reads at once; run-step.ts runStepIfDue for what comes later. */
inline void readSettling(Move& m) {
  if (m.header() == BOUND && isTaskOver(m.was, m.t)) {
    m.transfer().header = SETTLING;
    return m.goOn(Step::readRowToRelease, "the task has ended");
  }
  if (m.header() != SETTLING) return m.leave("nothing to do");
  m.goOn(Step::readRowToRelease, "resume");
}

/** register-files.ts registerFiles: without effect on rules. */
inline void registerFiles(Move& m) { m.goOn(Step::writeUnlockIntent); }

/** lock-dataset.ts unlockDataset and removeLocks, the write before the call. */
inline void writeUnlockIntent(Move& m) {
  DatasetLock& lock = m.now.lock;
  if (lock.item != owner(m.t)) return m.goOn(Step::writeClosed, "no lock of ours");
  if (!clause.lockFence) return m.goOn(Step::unlockDataset);
  if (!lock.isUnsettled && lock.atDataverse != owner(m.t)) {
    m.self().isItemFresh = 1;
    return m.goOn(Step::dropLockItem, "unlocked already");
  }
  if (lock.isUnsettled) m.self().hadOpenCall = 1;
  lock.isUnsettled = 1;
  m.wroteLockItem();
  m.goOn(Step::unlockDataset);
}

/** lock-dataset.ts removeLocks, the call: only a lock of ours is removed. */
inline void unlockDataset(Move& m) {
  if (!clause.lockLook || m.was.lock.atDataverse == owner(m.t)) landUnlock(m.now, m.t);
  m.goOn(Step::dropLockItem);
  if (!m.was.budget.timeouts || m.was.lock.lateUnlock) return;
  m.insteadOfThat();
  m.now.budget.timeouts--;
  m.now.lock.lateUnlock = owner(m.t);
  m.end();
  m.push(false, "no answer, the worker gives up");
}

/** lock-dataset.ts unlockDataset, the removal on the item's version, once nothing can land any more. */
inline void dropLockItem(Move& m) {
  const bool isSettled = m.before().isItemFresh && !m.before().hadOpenCall;
  if (clause.lockFence && !isSettled) return m.leave("a call may still land: later");
  if (m.was.lock.item == owner(m.t)) {
    m.now.lock.item = m.now.lock.isUnsettled = 0;
    m.wroteLockItem();
  }
  m.self().isItemFresh = 0;
  m.goOn(Step::writeClosed);
}

/** close-transfer.ts closeTransfer, its last write. */
inline void writeClosed(Move& m) {
  if (m.header() == SETTLING) {
    m.transfer().header = CLOSED;
    const u32 rule = m.was.globus.rule;
    if (rule && !isForeign(m.was, rule) && m.was.row.lastHolder == owner(m.t)) violate(m.now, CLOSED_WITH_RULE);
  }
  m.leave();
}

}  // namespace model
