// Making a transfer a holder of a rule that is proven to be there: hold-rule.ts and create-rule.ts.
#pragma once
#include "globus.hpp"

namespace model {

void startDeleting(Move& m, const char* what);

/** What follows holdRule in whoever called it. */
inline void held(Move& m, const char* what) {
  Actor& self = m.self();
  self.ruleId = self.foreignId = self.permission = 0;
  self.isRowFresh = self.isOwnAttempt = self.hadOpenCall = 0;
  if (self.worker == LEASE) return m.goOn(Step::writeRestored, what);
  m.goOn(Step::writeGranted, what);
}

inline void startRaising(Move& m, const char* what) {
  m.self().ruleId = m.now.row.ruleId;
  m.self().permission = wanted(m.now.row);
  m.goOn(Step::raiseRule, what);
}

/** hold-rule.ts bringToPresent, foreignRuleConflict: a rule made by hand does not suffice. */
inline void refuseForeignRule(Move& m) {
  m.self().isUndoing = 1;
  if (m.before().worker == LEASE) return m.leave("somebody else's rule does not suffice");
  m.goOn(Step::readRowToRelease, "somebody else's rule does not suffice: 409");
}

/** hold-rule.ts revive: a DELETING row is finished when its worker is gone, else proven and born again. */
inline void readDeletingRow(Move& m) {
  const Row& row = m.was.row;
  if (row.isAbandoned) return startDeleting(m, "DELETING is abandoned: finish it");
  // A grant waits a while and then answers 503; a lease has nothing to wait for.
  if (m.before().worker != LEASE) return;
  m.self().ruleId = row.ruleId;
  m.self().foreignId = row.foreignId;
  m.goOn(Step::proveGone, "DELETING: is the rule gone?");
}

/** hold-rule.ts bringToPresent, the read at the head of its loop. */
inline void readRowToHold(Move& m) {
  Actor& self = m.self();
  const Row& row = m.was.row;
  self.isRowFresh = 1;
  self.ruleId = self.foreignId = self.permission = 0;
  self.isOwnAttempt = self.hadOpenCall = 0;
  if (row.state == ABSENT) return m.goOn(Step::listBeforeBirth, "no row");
  if (row.state == DELETING) return readDeletingRow(m);
  if (!m.isHolder()) return m.goOn(Step::joinRow, "not a holder yet");
  if (row.state == PRESENT) {
    if (row.proven >= m.permission()) return held(m, "PRESENT");
    if (usesForeignRule(row)) return refuseForeignRule(m);
    return m.goOn(Step::joinRow, "PRESENT, and allows too little");
  }
  if (!row.isAbandoned) return;
  if (row.state == CREATING) return m.goOn(Step::writeAttempt, "CREATING is abandoned: take over");
  startRaising(m, "UPDATING is abandoned: take over");
}

/** hold-rule.ts giveBirth, findRules: what is there before our row is not ours. */
inline void listBeforeBirth(Move& m) {
  m.self().foreignId = m.was.globus.rule;
  m.goOn(Step::giveBirth, m.was.globus.rule ? "one is there" : "none");
}

/** hold-rule.ts giveBirth: the row, born with its first holder. */
inline void giveBirth(Move& m) {
  if (m.was.row.state != ABSENT) return m.goOn(Step::readRowToHold, "somebody else was first");
  m.now.row = {};
  m.setRowState(CREATING);
  m.now.row.holders = 1u << m.t;
  m.now.row.foreignId = m.before().foreignId;
  m.wroteRow();
  m.self().foreignId = 0;
  m.goOn(Step::writeAttempt);
}

/** hold-rule.ts join: one more holder, and UPDATING where it needs more than is allowed. */
inline void joinRow(Move& m) {
  if (!m.isRowFresh()) return m.goOn(Step::readRowToHold, "the row has moved");
  Row& row = m.now.row;
  row.holders |= 1u << m.t;
  m.wroteRow();
  if (row.state != PRESENT || wanted(row) <= row.proven || usesForeignRule(row)) {
    return m.goOn(Step::readRowToHold, "joined");
  }
  m.self().ruleId = row.ruleId;
  m.self().permission = wanted(row);
  m.setRowState(UPDATING);
  m.goOn(Step::raiseRule, "UPDATING");
}

/** create-rule.ts attemptCreate, its first write: until when the call may land. */
inline void writeAttempt(Move& m) {
  if (!m.isRowFresh() || m.was.row.state != CREATING) return m.goOn(Step::readRowToHold, "the row has moved");
  if (m.was.row.unsettled) m.self().hadOpenCall = 1;
  m.now.row.unsettled = AHEAD;
  m.now.row.isAbandoned = 0;
  m.wroteRow();
  for (auto& actor : m.now.actors) actor.isOwnAttempt = 0;
  m.self().isOwnAttempt = 1;
  m.self().permission = wanted(m.was.row);
  m.goOn(Step::createRule);
}

/** create-rule.ts attemptCreate, the call: it may hang and land when nobody waits for it any more. */
inline void createRule(Move& m) {
  if (!m.was.globus.rule) {
    landCreate(m.now, m.before().permission);
    m.self().ruleId = m.now.globus.rule;
    m.goOn(Step::writePresent, "created");
  } else if (clause.foreignTell && !m.before().hadOpenCall) {
    m.self().foreignId = 1;
    m.goOn(Step::findExisting, "exists, and no call of ours was open: somebody else's");
  } else {
    m.goOn(Step::findExisting, "exists");
  }
  if (!m.was.budget.timeouts || m.was.globus.lateCreate1) return;
  m.insteadOfThat();
  m.now.budget.timeouts--;
  m.now.globus.lateCreate1 = m.before().permission;
  m.end();
  m.push(false, "no answer, the worker gives up");
}

/** create-rule.ts adopt: which rule made Globus say "exists". */
inline void findExisting(Move& m) {
  if (!m.was.globus.rule) {
    m.self().foreignId = 0;
    return m.goOn(Step::readRowToHold, "gone again");
  }
  m.self().ruleId = m.was.globus.rule;
  m.self().permission = m.was.globus.permission;
  m.goOn(Step::writePresent, "found");
}

/** create-rule.ts writeAttempt: PRESENT, while the row is CREATING by this very attempt. */
inline void writePresent(Move& m) {
  Actor& self = m.self();
  const Actor& before = m.before();
  self.foreignId = 0;
  if (m.was.row.state != CREATING || !before.isOwnAttempt) {
    self.isOwnAttempt = self.hadOpenCall = 0;
    return m.goOn(Step::readRowToHold, "another attempt has begun");
  }
  Row& row = m.now.row;
  m.setRowState(PRESENT);
  row.ruleId = before.ruleId;
  row.proven = before.permission;
  if (before.foreignId) row.foreignId = before.ruleId;
  if (!clause.unsettled || !before.hadOpenCall) row.unsettled = EMPTY;
  m.wroteRow();
  m.goOn(Step::readRowToHold);
}

/** A change of the permission that hangs. */
inline void alsoHangUpdate(Move& m) {
  if (!m.was.budget.timeouts || m.was.globus.lateUpdateRule) return;
  m.insteadOfThat();
  m.now.budget.timeouts--;
  m.now.globus.lateUpdateRule = m.before().ruleId;
  m.now.globus.lateUpdatePermission = m.before().permission;
  m.end();
  m.push(false, "no answer, the worker gives up");
}

/** hold-rule.ts raise, the call. */
inline void raiseRule(Move& m) {
  landUpdate(m.now, m.before().ruleId, m.before().permission);
  m.goOn(Step::writeRaised);
  alsoHangUpdate(m);
}

/** hold-rule.ts raise, the write. */
inline void writeRaised(Move& m) {
  if (!m.isRowFresh() || m.was.row.state != UPDATING) return m.goOn(Step::readRowToHold, "the row has moved");
  m.setRowState(PRESENT);
  m.now.row.proven = m.before().permission;
  m.wroteRow();
  m.goOn(Step::readRowToHold);
}

}  // namespace model
