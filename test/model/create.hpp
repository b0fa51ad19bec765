// One create call, noted before it is made and settled by its answer: create-rule.ts.
#pragma once
#include "globus.hpp"

namespace model {

/** Is the row still this attempt's? */
inline bool isAttemptCurrent(const Move& m) { return m.was.row.state == CREATING && m.before().isOwnAttempt; }

/** A definite answer empties the time only where no earlier call is open. */
inline void settleAttempt(Move& m) {
  if (!clause.unsettled || !m.before().hadOpenCall) m.now.row.unsettled = EMPTY;
}

/** attemptCreate, its first write: until when the call may land. */
inline void writeAttempt(Move& m) {
  if (!m.isRowFresh() || m.was.row.state != CREATING) {
    // A holder that merely joined does not take the attempt away.
    m.self().isMine = isAttemptCurrent(m);
    return m.goOn(Step::readRowToHold, "the row has moved");
  }
  m.self().hadOpenCall = m.was.row.unsettled != EMPTY;
  m.now.row.unsettled = AHEAD;
  m.now.row.isAbandoned = 0;
  m.wroteRow();
  for (auto& actor : m.now.actors) actor.isOwnAttempt = 0;
  m.self().isOwnAttempt = 1;
  m.self().permission = wanted(m.was.row);
  m.goOn(Step::createRule);
}

/** attemptCreate, the call: it may hang, and land when nobody waits for it any more. */
inline void createRule(Move& m) {
  if (!m.was.globus.rule) {
    landCreate(m.now, m.before().permission);
    m.self().ruleId = m.now.globus.rule;
    m.goOn(Step::writePresent, "created");
    if (m.was.budget.refusals) {
      m.insteadOfThat();
      m.now.budget.refusals--;
      m.self().step = u32(Step::writeRefusal);
      m.push(false, "refused: the collection is full");
    }
  } else {
    m.goOn(Step::writeExists, "exists");
  }
  const bool mayBeLate = !m.was.globus.lateCreate1;
  if (!m.hangsInstead(mayBeLate)) return;
  m.now.globus.lateCreate1 = m.before().permission;
  m.forgetRule();
  m.self().isMine = 1;
  m.self().step = u32(Step::readRowToHold);
  m.push(false, "no answer, tries again");
  m.hangsInstead(mayBeLate);
  m.now.globus.lateCreate1 = m.before().permission;
  fail(m, false, "no answer, gives up");
}

/** attemptCreate, the write after a refusal: nothing was made. */
inline void writeRefusal(Move& m) {
  if (isAttemptCurrent(m)) {
    settleAttempt(m);
    m.wroteRow();
  }
  fail(m, true, "503");
}

/** attemptCreate, the write after "exists": noted before the list is asked, which may fail. */
inline void writeExists(Move& m) {
  if (isAttemptCurrent(m)) {
    settleAttempt(m);
    m.wroteRow();
  }
  m.goOn(Step::findExisting);
}

/** adopt: which rule made Globus say "exists"; somebody else's, unless a call of ours was open. */
inline void findExisting(Move& m) {
  m.self().permission = 0;
  if (!m.was.globus.rule) {
    m.self().isMine = 1;
    return m.goOn(Step::readRowToHold, "gone again");
  }
  m.self().ruleId = m.was.globus.rule;
  m.self().permission = m.was.globus.permission;
  if (clause.foreignTell && !m.before().hadOpenCall) m.self().foreignId = m.was.globus.rule;
  m.goOn(Step::writePresent, "found");
}

/** writeAttempt: PRESENT, while the row is CREATING by this very attempt, whoever has joined it. */
inline void writePresent(Move& m) {
  const Actor& before = m.before();
  if (!isAttemptCurrent(m)) return m.goOn(Step::readRowToHold, "another attempt has begun");
  Row& row = m.now.row;
  m.setRowState(PRESENT);
  row.ruleId = before.ruleId;
  row.proven = before.permission;
  if (before.foreignId) row.foreignId = before.ruleId;
  settleAttempt(m);
  m.wroteRow();
  m.goOn(Step::readRowToHold);
}

}  // namespace model
