// The end of a lease that nobody reported on: end-lease.ts.
#pragma once
#include "globus.hpp"

namespace model {

inline bool isWaitingForReport(u32 header) { return header == GRANTED || header == OBSERVED; }

/** end-lease.ts endLease, act: what the header asks for; a noted report is finished first. */
inline void readLease(Move& m) {
  const Transfer& transfer = m.was.transfers[m.t];
  if (isWaitingForReport(transfer.header) && clause.take && transfer.report) {
    m.self().task = transfer.report - 1;
    return m.goOn(Step::noteReport, "an unfinished report: finish it");
  }
  const bool isOver = (transfer.header == GRANTED || transfer.header == REQUESTED) && transfer.isLeaseOver;
  if (isOver || transfer.header == OBSERVED) return m.goOn(Step::lookForTasks);
  if (transfer.header != EXPIRING) return m.leave("nothing to do");
  m.transfer().isPastWait = 0;
  m.goOn(clause.lookFirst ? Step::lookForTasks : Step::readRowToRelease, "resume");
}

/** end-lease.ts restore: the rule is held again before anything else. */
inline void restore(Move& m) {
  m.self().holdsAgain = 1;
  m.goOn(Step::readRowToHold, "a live task: hold again");
}

/** find-live-tasks.ts findLiveTasks, at the beginning of each run. */
inline void lookForTasks(Move& m) {
  const bool isSeen = isAnyTaskListed(m.was);
  m.transfer().sawNoTask = !isSeen;
  if (m.header() == EXPIRING) {
    if (isSeen) return restore(m);
    return m.goOn(Step::readRowToRelease, "none");
  }
  if (isSeen) return m.goOn(Step::writeObserved, "a live task");
  m.goOn(mutant.noArbiter ? Step::readRowToRelease : Step::writeExpiring, "none");
}

/** end-lease.ts observe: the live task keeps the rule. */
inline void writeObserved(Move& m) {
  if (isWaitingForReport(m.header()) || m.header() == REQUESTED) m.transfer().header = OBSERVED;
  m.leave();
}

/** end-lease.ts endLease: the only arbiter between lease and report. */
inline void writeExpiring(Move& m) {
  const bool mayExpire = isWaitingForReport(m.header()) || m.header() == REQUESTED;
  if (!mayExpire || (clause.take && m.was.transfers[m.t].report)) return m.leave("a report was first");
  m.transfer().header = EXPIRING;
  m.goOn(Step::readRowToRelease);
}

/** verify-task.ts SECOND_LOOK_AFTER_SECONDS: what was submitted under the rule is listed by then. */
inline void waitForLists(Move& m) {
  for (auto& task : m.now.tasks) if (task.state == HIDDEN) task.state = LISTED;
  m.transfer().isPastWait = 1;
  m.goOn(mutant.noSecondLook ? Step::writeExpired : Step::lookAgain);
}

/** find-live-tasks.ts findLiveTasks, ten seconds after the release. */
inline void lookAgain(Move& m) {
  const bool isSeen = isAnyTaskListed(m.was);
  m.transfer().sawNoTask = !isSeen;
  if (isSeen) return restore(m);
  m.goOn(Step::writeExpired, "none");
}

/** end-lease.ts restore, observe: the rule is there again, the breach is counted. */
inline void writeRestored(Move& m) {
  if (m.header() == EXPIRED) {
    m.self().holdsAgain = 0;
    m.self().isUndoing = 1;
    return m.goOn(Step::readRowToRelease, "EXPIRED already: undo");
  }
  if (m.header() != EXPIRING) return m.leave("has moved on");
  m.transfer().header = OBSERVED;
  m.transfer().isPastWait = 0;
  m.leave("OBSERVED");
}

/** end-lease.ts release, its last write. */
inline void writeExpired(Move& m) {
  const Task& task = m.was.tasks[m.t];
  if (!m.before().isUndoing && (m.header() == EXPIRING || mutant.noArbiter)) {
    if (task.state == LISTED && task.isEntitled && !m.was.transfers[m.t].bound) violate(m.now, NOT_RESTORED);
    m.transfer().header = EXPIRED;
  }
  m.leave();
}

}  // namespace model
