// From a report to BOUND, or back: accept-report.ts, bind-report.ts and claim-task.ts.
#pragma once
#include "dataverse.hpp"
#include "globus.hpp"

namespace model {

/** A 200: from here on the promises hold for this transfer. */
inline void accept(State& s, int t) {
  Transfer& transfer = s.transfers[t];
  transfer.isAccepted = 1;
  if (!wasBound(transfer.header)) violate(s, ACCEPTED_UNBOUND);
  if (transfer.header != BOUND || !transfer.bound) return;
  const Task& task = s.tasks[transfer.bound - 1];
  if (needsLock(s, t) && s.lock.atDataverse != OURS) violate(s, ACCEPTED_UNLOCKED);
  if (isLive(task.state) && !isHolder(s, t)) violate(s, ACCEPTED_WITHOUT_RULE);
}

inline Step firstStepOfBinding() { return mutant.claimAfterBind ? Step::writeBound : Step::claimTask; }

/** verify-task.ts verifyTask while Globus answers. */
inline void verifyTask(Move& m) {
  const u32 task = m.before().task;
  const Transfer& transfer = m.transferBefore();
  if (wasBound(transfer.header)) {
    const bool isSame = transfer.bound == number(int(task));
    if (!isSame) return m.leave("another task was reported: 409 or 503");
    if (!transfer.isRejected) accept(m.now, m.t);
    return m.leave("the same answer: 200");
  }
  if (!isWaitingForReport(transfer.header)) return m.leave("the permission is over: 409");
  const u32 state = m.was.tasks[task].state;
  if (task == STRANGERS_TASK) m.leave("somebody else's task: 403");
  else if (state == HIDDEN) m.leave("Globus knows no such task: 404");
  else m.goOn(Step::noteReport, "verified");
  if (!m.was.budget.outages) return;
  // accept-report.ts acceptReport: Globus is down, and the report is taken on trust.
  m.insteadOfThat();
  m.now.budget.outages--;
  m.self().isUnverified = 1;
  m.self().step = u32(Step::noteReport);
  m.push(false, "Globus does not answer");
}

/** acceptReport, the note in the header: of this, EXPIRING and BOUND only one comes about. */
inline void noteReport(Move& m) {
  const u32 noted = m.transferBefore().report;
  const u32 mine = number(int(m.before().task));
  if (!isWaitingForReport(m.header()) || (noted && noted != mine)) return m.leave("another report, or too late");
  if (m.isBy(REPORT)) m.transfer().admission = m.before().isUnverified ? UNVERIFIED : FULL;
  m.transfer().report = mine;
  m.self().isUnverified = 0;
  m.goOn(firstStepOfBinding());
}

/** claim-task.ts conflictWith: nobody is turned away for good by a claim that may be false. */
inline bool isClaimDoubtful(const State& s, const Task& task) {
  for (int u = 0; u < TRANSFERS; u++) {
    if ((task.claim >> u & 1) && s.transfers[u].admission == UNVERIFIED) return true;
  }
  return false;
}

/** bind-report.ts bindReport, and admit-task.ts for what was accepted unverified. */
inline void lockOrBind(Move& m) {
  const bool isProven = m.isBy(FOLLOW) || m.transferBefore().admission != UNVERIFIED || !clause.proveFirst;
  const bool isOver = m.isBy(FOLLOW) && isTaskOver(m.was, m.t);
  if (!instance.takesLock || !isProven || isOver) {
    m.self().isLockPlaced = m.isBy(FOLLOW);
    return m.goOn(m.isBy(FOLLOW) ? Step::writeAdmitted : Step::writeBound);
  }
  m.goOn(mutant.lockBeforeItem ? Step::lockDataset : Step::writeLockItem);
}

/** claim-task.ts claimTask: one task may serve several grants of one user. */
inline void claimTask(Move& m) {
  Task& task = m.now.tasks[m.before().task];
  const bool isAnothers = task.claim && !(task.claim >> m.t & 1) && !instance.sharesTasks;
  if (isAnothers && isClaimDoubtful(m.was, task)) return m.leave("another report of it waits for Globus: later");
  if (isAnothers) return m.goOn(Step::undoNote, "another user's: 409");
  task.claim = u8((clause.joinClaim ? task.claim : 0) | bit(m.t));
  if (mutant.claimAfterBind) return m.goOn(Step::answerReport);
  lockOrBind(m);
}

/** acceptReport, its end; a lease that finished the report has nobody to answer. */
inline void answerReport(Move& m) {
  if (m.isBy(REPORT)) accept(m.now, m.t);
  m.leave();
}

/** bindReport, its last write. */
inline void writeBound(Move& m) {
  const u32 mine = number(int(m.before().task));
  if (!isWaitingForReport(m.header())) return m.leave("the record was taken over");
  for (int u = 0; u < TRANSFERS; u++) {
    if (u != m.t && m.was.transfers[u].bound == mine && !instance.sharesTasks) violate(m.now, BOUND_TWICE);
  }
  m.transfer().header = BOUND;
  m.transfer().bound = mine;
  m.transfer().report = 0;
  m.self().isLockPlaced = 0;
  if (mutant.claimAfterBind) return m.goOn(Step::claimTask);
  answerReport(m);
}

/** claim-task.ts unclaimTask, of undo. */
inline void undoClaim(Move& m) {
  m.now.tasks[m.before().task].claim &= u8(~bit(m.t));
  m.goOn(Step::undoNote);
}

/** bind-report.ts undo, its last write: the client is told. */
inline void undoNote(Move& m) {
  m.transfer().report = 0;
  m.transfer().admission = FULL;
  m.leave("refused");
}

}  // namespace model
