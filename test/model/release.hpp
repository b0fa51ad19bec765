// Letting go of a rule, and deleting it with its last holder: release-rule.ts.
#pragma once
#include "globus.hpp"
#include "hold.hpp"

namespace model {

/** What follows releaseRule in whoever called it. */
inline void released(Move& m, Outcome outcome, const char* what) {
  Actor& self = m.self();
  m.forgetRule();
  self.outcome = outcome;
  self.sawNoTask = 0;
  switch (self.worker) {
    case GRANT:
    case GRANT_REPEAT:
      return m.goOn(Step::writeUndone, what);
    case LEASE:
      // end-lease.ts release: late enough a look was the second one.
      if (outcome != PENDING && (self.isSecondLook || mutant.noSecondLook)) return m.goOn(Step::writeExpired, what);
      return m.goOn(Step::writeSecondLook, what);
    case SETTLE:
      if (outcome == PENDING) return m.leave(what);
      return m.goOn(Step::writeReleased, what);
    default:
      return m.leave(what);
  }
}

/** The row has moved: whoever holds reads it to hold, whoever releases to release. */
inline void readRowAgain(Move& m) {
  if (m.isBy(SWEEP)) return m.leave("the row has moved");
  m.forgetRule();
  m.goOn(m.isHolding() ? Step::readRowToHold : Step::readRowToRelease, "the row has moved");
}

/** deleteAndProve, its beginning: by the id that the row had, or by a list where it had none. */
inline void deleteAsRead(Move& m, const char* what) {
  const u32 id = m.self().ruleId;
  if (id == NO_RULE) return m.goOn(Step::findRuleToDelete, what);
  m.goOn(id == m.self().foreignId ? Step::proveGone : Step::deleteRule, what);
}

inline void startDeleting(Move& m, const char* what) {
  m.self().ruleId = m.now.row.ruleId;
  m.self().foreignId = m.now.row.foreignId;
  deleteAsRead(m, what);
}

/** releaseRule, before the last holder goes: each caller's own look. */
inline void lookBeforeLast(Move& m) {
  const bool isDoneBefore = (!clause.lookAtVersion || mutant.observerUnheld) && m.before().hasLooked;
  if (m.isBy(SETTLE) && clause.settleLook && !isDoneBefore) return m.goOn(Step::lookBeforeRelease, "the last holder");
  if (m.isByGrant() && mayHaveRule(m.was.row)) {
    m.self().hadRule = 1;
    if (clause.undoLook) return m.goOn(Step::lookBeforeUndo, "the last holder");
  }
  m.goOn(Step::removeHolder, "the last holder");
}

/** releaseRule, the read at the head of its loop. */
inline void readRowToRelease(Move& m) {
  const Row& row = m.was.row;
  m.self().isRowFresh = 1;
  m.forgetRule();
  if (row.state == ABSENT) return released(m, GONE, "no row");
  if (isHolder(m.was, m.t) && !m.isBy(SWEEP)) {
    if (row.holders == bit(m.t)) return lookBeforeLast(m);
    return m.goOn(Step::removeHolder, "one of several holders");
  }
  if (row.state == DELETING) return startDeleting(m, "DELETING: finish it");
  released(m, HELD_BY_OTHERS, "holds nothing");
}

/** May the holder go? A lease's by its own last look; settling's by what a look at this version would have shown. */
inline void judgeRemoval(Move& m, bool isLast) {
  const Task& task = m.was.tasks[m.t];
  if (m.isBy(LEASE) && m.t < MOST_CLIENTS) {
    const bool isUnreported = isLive(task.state) && task.isEntitled && !task.claim;
    if (isUnreported && !m.before().sawNoTask) violate(m.now, DELETED_UNDER_UNREPORTED);
  }
  if (!isLast || (!m.isBy(SETTLE) && !m.isByGrant())) return;
  if (mayHaveRule(m.was.row) && m.was.row.listedTasks) violate(m.now, LET_GO_UNLOOKED);
}

/** releaseRule, withoutHolder: on the version read; with the last holder the row turns DELETING. */
inline void removeHolder(Move& m) {
  if (!m.isRowFresh()) return readRowAgain(m);
  Row& row = m.now.row;
  row.holders &= ~bit(m.t);
  const bool isLast = !row.holders;
  judgeRemoval(m, isLast);
  m.wroteRow();
  if (isLast || mutant.noHolders) {
    m.setRowState(DELETING);
    row.lastHolder = number(m.t);
    if (mutant.closeBeforeProof && m.isBy(SETTLE)) return released(m, HELD_BY_OTHERS, "the last: left to the sweep");
    return startDeleting(m, "the last: DELETING");
  }
  if (clause.onlyUp || row.state != PRESENT || wanted(row) >= row.proven || usesForeignRule(row)) {
    return released(m, HELD_BY_OTHERS, "others hold it");
  }
  m.setRowState(UPDATING);
  m.self().ruleId = row.ruleId;
  m.self().permission = wanted(row);
  m.goOn(Step::lowerRule, "the others need less: UPDATING");
}

inline void startDeletingListed(Move& m, const char* what) {
  const bool mustRecord = clause.recordId && m.was.globus.rule != m.before().ruleId;
  m.self().ruleId = m.was.globus.rule;
  m.goOn(mustRecord ? Step::recordFoundRule : Step::deleteRule, what);
}

/** deleteAndProve, findRules where the row names no id. */
inline void findRuleToDelete(Move& m) {
  if (isListedOurs(m, NO_RULE, m.before().foreignId)) return startDeletingListed(m, "found");
  m.goOn(Step::proveGone, "none");
}

/** deleteAndProve: the id goes into the row first, on the version just read. */
inline void recordFoundRule(Move& m) {
  if (!m.isRowFresh() || m.was.row.state != DELETING) return readRowAgain(m);
  m.now.row.ruleId = m.before().ruleId;
  m.wroteRow();
  m.goOn(Step::deleteRule);
}

/** deleteRule: 404 is done; without an answer the step is repeated. */
inline void deleteRule(Move& m) {
  const bool isThere = m.was.globus.rule == m.before().ruleId;
  landDelete(m.now, m.before().ruleId);
  m.goOn(Step::proveGone, isThere ? "deleted" : "404");
  if (!m.hangsInstead(isThere)) return;
  m.now.globus.lateDeletes |= bit(m.before().ruleId);
  fail(m, false, "no answer");
}

/** deleteAndProve, the proof; finishDeleting and revive go on from it. */
inline void proveGone(Move& m) {
  const Row& row = m.was.row;
  if (isListedOurs(m, m.before().ruleId, m.before().foreignId)) return startDeletingListed(m, "still listed");
  m.self().ruleId = 0;
  m.self().foreignId = 0;
  if (m.isHolding()) {
    m.self().foreignId = m.was.globus.rule;
    return m.goOn(Step::reviveRow, "gone");
  }
  if (m.isRowFresh() && row.unsettled == AHEAD && !mutant.earlyRowRemoval) {
    return released(m, PENDING, "gone, but a create may still land");
  }
  m.goOn(Step::removeRow, "gone");
}

/** finishDeleting: the row goes on its version. */
inline void removeRow(Move& m) {
  const bool isAllowed = m.was.row.state == DELETING && (mutant.removeByState || m.isRowFresh());
  if (!isAllowed) return readRowAgain(m);
  m.now.row = {};
  m.wroteRow();
  m.now.row.listedTasks = 0;
  released(m, GONE, "");
}

/** Nobody does this: what the protocol would have to do if permissions went down again. */
inline void lowerRule(Move& m) {
  landUpdate(m.now, m.before().ruleId, m.before().permission);
  m.goOn(Step::writeLowered);
  alsoHangUpdate(m);
}

inline void writeLowered(Move& m) {
  if (!m.isRowFresh() || m.was.row.state != UPDATING) return readRowAgain(m);
  m.setRowState(PRESENT);
  m.now.row.proven = m.before().permission;
  m.wroteRow();
  released(m, HELD_BY_OTHERS, "");
}

}  // namespace model
