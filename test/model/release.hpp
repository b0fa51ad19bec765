// Letting go of a rule, and deleting it with its last holder: release-rule.ts.
#pragma once
#include "globus.hpp"

namespace model {

/** What follows releaseRule in whoever called it: the transfer holds nothing, as last holder the rule is proven gone. */
inline void released(Move& m, const char* what) {
  Actor& self = m.self();
  self.ruleId = self.foreignId = self.permission = 0;
  self.isRowFresh = self.isOwnAttempt = self.hadOpenCall = 0;
  switch (self.worker) {
    case GRANT:
    case GRANT_REPEAT:
      return self.isUndoing ? m.leave(what) : m.goOn(Step::readRowToHold, what);
    case LEASE:
      return m.goOn(self.holdsAgain ? Step::readRowToHold : Step::waitForLists, what);
    case SETTLE:
      return m.goOn(Step::registerFiles, what);
    default:
      return m.leave(what);
  }
}

/** release-rule.ts deleteAndProve, its beginning: by the id in the row, or by a list where the row has none. */
inline void startDeleting(Move& m, const char* what) {
  const Row& row = m.now.row;
  m.self().ruleId = row.ruleId;
  m.self().foreignId = row.foreignId;
  if (row.ruleId == NO_RULE) return m.goOn(Step::findRuleToDelete, what);
  m.goOn(usesForeignRule(row) ? Step::proveGone : Step::deleteRule, what);
}

/** release-rule.ts releaseRule, the read at the head of its loop. */
inline void readRowToRelease(Move& m) {
  m.self().isRowFresh = 1;
  m.self().ruleId = m.self().permission = 0;
  if (m.was.row.state == ABSENT) return released(m, "no row");
  if (m.before().worker != SWEEP && m.isHolder()) return m.goOn(Step::removeHolder);
  if (m.was.row.state == DELETING) return startDeleting(m, "DELETING: finish it");
  released(m, "holds nothing");
}

/** release-rule.ts releaseRule, withoutHolder: on the version read; with the last holder the row turns DELETING. */
inline void removeHolder(Move& m) {
  if (!m.isRowFresh()) return m.goOn(Step::readRowToRelease, "the row has moved");
  const Actor& before = m.before();
  const Task& task = m.was.tasks[m.t];
  const bool isUnreported = isLive(task.state) && task.isEntitled && !m.was.transfers[m.t].bound;
  if (before.worker == LEASE && isUnreported && !m.was.transfers[m.t].sawNoTask) violate(m.now, DELETED_UNDER_UNREPORTED);
  Row& row = m.now.row;
  row.holders &= ~(1u << m.t);
  m.wroteRow();
  if (!row.holders || mutant.noHolders) {
    m.setRowState(DELETING);
    row.lastHolder = owner(m.t);
    if (mutant.closeBeforeProof && before.worker == SETTLE) return released(m, "the last: left to the sweep");
    return startDeleting(m, "the last: DELETING");
  }
  if (clause.onlyUp || row.state != PRESENT || wanted(row) >= row.proven || usesForeignRule(row)) {
    return released(m, "others hold it");
  }
  m.setRowState(UPDATING);
  m.self().ruleId = row.ruleId;
  m.self().permission = wanted(row);
  // wanted() of an UPDATING row goes up only under the clause that is left out here.
  m.goOn(Step::lowerRule, "the others need less: UPDATING");
}

/** domain/access-rule.ts isOurs, of what a list shows for this row. */
inline bool isListedOurs(const Move& m) {
  const u32 listed = m.was.globus.rule;
  if (listed == NO_RULE || listed == m.before().foreignId) return false;
  return !clause.foreignTell || listed == m.before().ruleId || m.was.row.unsettled;
}

inline void startDeletingListed(Move& m, const char* what) {
  const bool mustRecord = clause.recordId && m.was.globus.rule != m.before().ruleId;
  m.self().ruleId = m.was.globus.rule;
  m.goOn(mustRecord ? Step::recordFoundRule : Step::deleteRule, what);
}

/** release-rule.ts deleteAndProve, findRules where the row names no id. */
inline void findRuleToDelete(Move& m) {
  if (isListedOurs(m)) return startDeletingListed(m, "found");
  m.goOn(Step::proveGone, "none");
}

/** release-rule.ts deleteAndProve: the id goes into the row first, on the version just read. */
inline void recordFoundRule(Move& m) {
  if (!m.isRowFresh() || m.was.row.state != DELETING) return m.goOn(Step::readRowToRelease, "the row has moved");
  m.now.row.ruleId = m.before().ruleId;
  m.wroteRow();
  m.goOn(Step::deleteRule);
}

/** release-rule.ts deleteRule: 404 is done; without an answer the list is asked. */
inline void deleteRule(Move& m) {
  const bool isThere = m.was.globus.rule == m.before().ruleId;
  landDelete(m.now, m.before().ruleId);
  m.goOn(Step::proveGone, isThere ? "deleted" : "404");
  if (!m.was.budget.timeouts || !isThere) return;
  m.insteadOfThat();
  m.now.budget.timeouts--;
  m.now.globus.lateDeletes |= 1u << m.before().ruleId;
  m.self().step = u32(Step::proveGone);
  m.push(false, "no answer");
}

/** release-rule.ts deleteAndProve, the proof; hold-rule.ts revive for whoever came to hold. */
inline void proveGone(Move& m) {
  const Row& row = m.was.row;
  if (isListedOurs(m)) return startDeletingListed(m, "still listed");
  if (m.isRowFresh() && row.state == DELETING && m.isHolding()) {
    m.setRowState(CREATING);
    m.now.row.ruleId = m.now.row.proven = m.now.row.lastHolder = 0;
    m.now.row.holders = 1u << m.t;
    if (!row.unsettled) m.now.row.foreignId = m.was.globus.rule;
    m.self().foreignId = 0;
    m.wroteRow();
    return m.goOn(Step::writeAttempt, "gone, and the row begins anew");
  }
  if (m.isRowFresh() && row.unsettled == AHEAD && !mutant.earlyRowRemoval) {
    return m.leave("gone, but a create may still land: later");
  }
  m.goOn(Step::removeRow, "gone");
}

/** release-rule.ts finishDeleting: the row goes on its version. */
inline void removeRow(Move& m) {
  const bool isAllowed = m.was.row.state == DELETING && (mutant.removeByState || m.isRowFresh());
  if (!isAllowed) return m.goOn(Step::readRowToRelease, "the row has moved");
  m.now.row = {};
  m.wroteRow();
  released(m, "");
}

/** hold-rule.ts raise, for the sweep; and the lowering that the protocol forbids. */
inline void lowerRule(Move& m) {
  landUpdate(m.now, m.before().ruleId, m.before().permission);
  m.goOn(Step::writeLowered);
  alsoHangUpdate(m);
}

inline void writeLowered(Move& m) {
  if (!m.isRowFresh() || m.was.row.state != UPDATING) return m.goOn(Step::readRowToRelease, "the row has moved");
  m.setRowState(PRESENT);
  m.now.row.proven = m.before().permission;
  m.wroteRow();
  released(m, "");
}

}  // namespace model
