// The end of a lease that nobody reported on: end-lease.ts.
#pragma once
#include "globus.hpp"

namespace model {

/** endLease, act: what the header asks for; a noted report is finished first. */
inline void readLease(Move& m) {
  const Transfer& transfer = m.transferBefore();
  if (isWaitingForReport(transfer.header) && transfer.report) {
    m.self().task = transfer.report - 1;
    return m.goOn(Step::noteReport, "an unfinished report: finish it");
  }
  const bool isOver = (transfer.header == GRANTED || transfer.header == REQUESTED) && transfer.isLeaseOver;
  if (isOver || transfer.header == OBSERVED) return m.goOn(Step::lookForTasks);
  if (transfer.header != EXPIRING) return m.leave("nothing to do");
  m.self().isSecondLook = transfer.secondLook == DUE;
  if (clause.lookFirst || transfer.secondLook == DUE) return m.goOn(Step::lookForTasks, "EXPIRING");
  m.goOn(Step::readRowToRelease, "EXPIRING");
}

/** find-live-tasks.ts findLiveTasks, at the beginning of each run: a live task keeps the rule, or gets it back. */
inline void lookForTasks(Move& m) {
  const bool isSeen = isAnyTaskListed(m.was);
  m.self().sawNoTask = !isSeen;
  if (isSeen) {
    // Before the rule is there again: a run that dies in between must not leave an old time behind.
    if (clause.restartLook) m.transfer().secondLook = NO_MOMENT;
    m.self().isSecondLook = 0;
    m.self().isObserving = 1;
    return m.goOn(Step::readRowToHold, "a live task: hold the rule");
  }
  if (m.header() == EXPIRING || mutant.noArbiter) return m.goOn(Step::readRowToRelease, "none");
  m.goOn(Step::writeExpiring, "none");
}

/** observe and restore, the write once the rule is held. */
inline void writeObserved(Move& m) {
  const bool isOpen = isWaitingForReport(m.header()) || m.header() == REQUESTED || m.header() == EXPIRING;
  if (!isOpen) return m.leave("the record was taken over");
  m.transfer().header = OBSERVED;
  m.leave();
}

/** endLease: the only arbiter between lease and report. */
inline void writeExpiring(Move& m) {
  const bool isOpen = isWaitingForReport(m.header()) || m.header() == REQUESTED;
  if (!isOpen || m.transferBefore().report) return m.leave("a report was first");
  m.transfer().header = EXPIRING;
  m.goOn(Step::readRowToRelease);
}

/** release, comeBack: the second look is ten seconds after the release, once that is done. */
inline void writeSecondLook(Move& m) {
  Transfer& transfer = m.transfer();
  if (transfer.header != EXPIRING && !mutant.noArbiter) return m.leave("the record was taken over");
  if (m.before().outcome == PENDING) {
    transfer.secondLook = NO_MOMENT;
  } else if (transfer.secondLook == NO_MOMENT) {
    transfer.secondLook = TO_COME;
    transfer.hiddenThen = hiddenTasks(m.was);
  }
  m.leave();
}

/** release, its last write. */
inline void writeExpired(Move& m) {
  if (m.header() != EXPIRING && !mutant.noArbiter) return m.leave("the record was taken over");
  m.transfer().header = EXPIRED;
  m.leave();
}

}  // namespace model
