// From a report to BOUND, or back: accept-report.ts, bind-report.ts, claim-task.ts and lockDataset of lock-dataset.ts.
#pragma once
#include "dataverse.hpp"
#include "lease.hpp"

namespace model {

inline bool wasBound(u32 header) { return header == BOUND || header == SETTLING || header == CLOSED; }

/** A 200: from here on the promises hold for this transfer. */
inline void accept(State& s, int t) {
  Transfer& transfer = s.transfers[t];
  transfer.isAccepted = 1;
  if (!wasBound(transfer.header)) violate(s, ACCEPTED_UNBOUND);
  if (!transfer.bound) return;
  const Task& task = s.tasks[transfer.bound - 1];
  if (task.claim != owner(t)) violate(s, BOUND_WITHOUT_CLAIM);
  if (transfer.header != BOUND) return;
  if (instance.takesLock[t] && s.lock.atDataverse != owner(t) && !s.lock.lateUnlock) violate(s, ACCEPTED_UNLOCKED);
  if (isLive(task.state) && !isHolder(s, t)) violate(s, ACCEPTED_WITHOUT_RULE);
}

inline Step firstStepOfBinding() { return mutant.claimAfterBind ? Step::writeBound : Step::claimTask; }

/** verify-task.ts verifyTask and find-grant.ts isSameReport: who may report, and who has reported already. */
inline void verifyTask(Move& m) {
  const u32 task = m.before().task;
  const u32 state = m.was.tasks[task].state;
  if (state == UNSUBMITTED || state == HIDDEN) return m.leave("Globus knows no such task: 404");
  if (wasBound(m.header())) {
    if (m.was.transfers[m.t].bound != owner(int(task))) return m.leave("another task was reported: 409");
    accept(m.now, m.t);
    return m.leave("the same answer: 200");
  }
  if (!isWaitingForReport(m.header())) return m.leave("the permission is over: 409");
  m.goOn(clause.take ? Step::noteReport : firstStepOfBinding(), "verified");
}

/** accept-report.ts acceptReport, the note in the header: of this, EXPIRING and BOUND only one comes about. */
inline void noteReport(Move& m) {
  const u32 noted = m.was.transfers[m.t].report;
  const u32 mine = m.before().task + 1;
  if (!isWaitingForReport(m.header()) || (noted && noted != mine)) return m.leave("another report, or too late");
  m.transfer().report = mine;
  m.goOn(firstStepOfBinding());
}

/** claim-task.ts claimTask. */
inline void claimTask(Move& m) {
  Task& task = m.now.tasks[m.before().task];
  if (task.claim && task.claim != owner(m.t)) {
    if (!clause.take) return m.leave("another transfer's: 409");
    return m.goOn(Step::undoNote, "another transfer's: 409");
  }
  task.claim = owner(m.t);
  if (mutant.claimAfterBind) return m.goOn(Step::answerReport);
  if (!instance.takesLock[m.t]) return m.goOn(Step::writeBound);
  m.goOn(mutant.lockBeforeItem ? Step::lockDataset : Step::writeLockItem);
}

/** lock-dataset.ts writeLockIntent: our item decides whose lock it is. */
inline void writeLockItem(Move& m) {
  DatasetLock& lock = m.now.lock;
  if (lock.item && lock.item != owner(m.t)) return m.goOn(Step::undoClaim, "another transfer's: refused");
  if (clause.lockFence) {
    if (lock.item && lock.isUnsettled) m.self().hadOpenCall = 1;
    lock.isUnsettled = 1;
    m.wroteLockItem();
  }
  lock.item = owner(m.t);
  m.goOn(mutant.lockBeforeItem ? Step::writeBound : Step::lockDataset);
}

/** lock-dataset.ts placeLock, the call: it may hang. */
inline void lockDataset(Move& m) {
  const Step next = clause.lockFence ? Step::settleLockCall : Step::writeBound;
  const bool isOurs = clause.lockLook && m.was.lock.atDataverse == owner(m.t);
  if (!m.was.lock.atDataverse) {
    m.now.lock.atDataverse = owner(m.t);
    m.self().isLockPlaced = 1;
    m.goOn(mutant.lockBeforeItem ? Step::writeLockItem : next, "locked");
  } else if (isOurs) {
    m.self().isLockPlaced = 1;
    m.goOn(next, "locked already, by us");
  } else {
    m.goOn(clause.lockFence ? Step::settleLockCall : Step::undoLockItem, "refused");
  }
  if (!m.was.budget.timeouts || m.was.lock.lateLock) return;
  m.insteadOfThat();
  m.now.budget.timeouts--;
  m.now.lock.lateLock = owner(m.t);
  m.end();
  m.push(false, "no answer, the worker gives up");
}

/** lock-dataset.ts settle: this call will not land any more. */
inline void settleLockCall(Move& m) {
  if (m.before().isItemFresh && !m.before().hadOpenCall) m.now.lock.isUnsettled = 0;
  m.wroteLockItem();
  m.self().hadOpenCall = 0;
  m.goOn(m.before().isLockPlaced ? Step::writeBound : Step::undoLockItem);
}

/** bind-report.ts bindReport, its last write. */
inline void writeBound(Move& m) {
  const u32 mine = m.before().task + 1;
  if (isWaitingForReport(m.header())) {
    for (int u = 0; u < TRANSFERS; u++) {
      if (u != m.t && m.was.transfers[u].bound == mine) violate(m.now, BOUND_TWICE);
    }
    m.transfer().header = BOUND;
    m.transfer().bound = mine;
    m.transfer().report = 0;
    m.self().isLockPlaced = m.self().isItemFresh = 0;
    return m.goOn(mutant.claimAfterBind ? Step::claimTask : Step::answerReport);
  }
  if (wasBound(m.header()) && m.was.transfers[m.t].bound == mine) return m.goOn(Step::answerReport, "BOUND already");
  m.goOn(instance.takesLock[m.t] ? Step::undoLock : Step::undoClaim, "too late: undo");
}

/** accept-report.ts acceptReport, its end; a lease that finished the report has nobody to answer. */
inline void answerReport(Move& m) {
  if (m.before().worker == REPORT) accept(m.now, m.t);
  m.leave();
}

/** bind-report.ts undo, the lock at Dataverse. */
inline void undoLock(Move& m) {
  if (m.before().isLockPlaced) landUnlock(m.now, m.t);
  m.goOn(Step::undoLockItem);
}

/** bind-report.ts undo, the lock item: it stays while a call may land. */
inline void undoLockItem(Move& m) {
  DatasetLock& lock = m.now.lock;
  if (lock.item != owner(m.t)) return m.goOn(Step::undoClaim, "not ours");
  if (clause.lockFence && lock.atDataverse == owner(m.t)) {
    lock.isUnsettled = 1;
    m.wroteLockItem();
    m.self().isLockPlaced = m.self().hadOpenCall = 1;
    return m.goOn(Step::undoLock, "a late lock of ours is there");
  }
  if (clause.lockFence && lock.isUnsettled) return m.leave("a call may still land: later");
  lock.item = 0;
  m.wroteLockItem();
  m.goOn(Step::undoClaim);
}

/** claim-task.ts unclaimTask. */
inline void undoClaim(Move& m) {
  Task& task = m.now.tasks[m.before().task];
  if (task.claim == owner(m.t)) task.claim = 0;
  if (!clause.take) return m.leave("refused");
  m.goOn(Step::undoNote);
}

/** bind-report.ts undo, its last write: the client is told. */
inline void undoNote(Move& m) {
  m.transfer().report = 0;
  m.leave("refused");
}

}  // namespace model
