// Making somebody a holder of a rule that is proven to be there: hold-rule.ts.
#pragma once
#include "globus.hpp"

namespace model {

void startDeleting(Move& m, const char* what);

/** What follows holdRule in whoever called it. */
inline void held(Move& m, const char* what) {
  m.forgetRule();
  m.self().isMine = 0;
  switch (m.before().worker) {
    case GRANT:
    case GRANT_REPEAT:
      return m.goOn(Step::writeGranted, what);
    case LEASE:
      return m.goOn(Step::writeObserved, what);
    case SETTLE:
      // observe-unreported-task.ts holdAs: back to what looked.
      m.self().holder = u32(m.t);
      return m.goOn(m.before().isSecondLook ? Step::writeLookedAgain : Step::readRowToRelease, what);
    default:
      return m.leave(what);
  }
}

inline void startRaising(Move& m, const char* what) {
  m.self().ruleId = m.now.row.ruleId;
  m.self().permission = wanted(m.now.row);
  m.goOn(Step::raiseRule, what);
}

/** bringToPresent, where somebody else is at work on the row. */
inline void waitForWorker(Move& m) {
  if (m.isBy(SWEEP)) return m.leave("somebody is at work on it");
  // It stays as it is until the row has moved, or its patience is over.
  if (instance.pace == Pace::ANY) fail(m, true, "waited in vain");
}

inline void readRowOfHolder(Move& m) {
  const Row& row = m.was.row;
  if (row.state == PRESENT) {
    if (row.proven >= permissionOf(int(m.before().holder))) return held(m, "PRESENT");
    if (usesForeignRule(row)) return fail(m, true, "somebody else's rule does not suffice: 409");
    return m.goOn(Step::joinRow, "PRESENT, and allows too little");
  }
  if (!m.before().isMine && !row.isAbandoned) return waitForWorker(m);
  if (row.state == UPDATING) return startRaising(m, "UPDATING");
  m.self().isOwnAttempt = 1;
  m.goOn(Step::writeAttempt, "CREATING");
}

/** bringToPresent, the read at the head of its loop; finishRow of the sweep makes nobody a holder. */
inline void readRowToHold(Move& m) {
  const Row& row = m.was.row;
  const bool isOwnHolder = isHolder(m.was, int(m.before().holder));
  m.forgetRule();
  m.self().isRowFresh = 1;
  m.self().isMine = 0;
  if (m.isBy(SWEEP) && (row.state == DELETING || !isOwnHolder)) return m.leave("nothing to finish");
  if (row.state == ABSENT) return m.goOn(Step::listBeforeBirth, "no row");
  if (row.state == DELETING) {
    if (row.isAbandoned) return startDeleting(m, "DELETING is abandoned: finish it");
    m.self().ruleId = row.ruleId;
    m.self().foreignId = row.foreignId;
    return m.goOn(Step::listBeforeRevival, "DELETING");
  }
  if (!isOwnHolder) return m.goOn(Step::joinRow, "not a holder yet");
  readRowOfHolder(m);
}

/** giveBirth, findRules: what is there before our row is not ours. */
inline void listBeforeBirth(Move& m) {
  m.self().foreignId = m.was.globus.rule;
  m.goOn(Step::giveBirth, m.was.globus.rule ? "one is there" : "none");
}

/** giveBirth: the row, born with its first holder. */
inline void giveBirth(Move& m) {
  if (m.was.row.state != ABSENT) return m.goOn(Step::readRowToHold, "somebody else was first");
  m.now.row = {};
  m.setRowState(CREATING);
  m.now.row.holders = bit(int(m.before().holder));
  m.now.row.foreignId = m.before().foreignId;
  for (auto& actor : m.now.actors) actor.isOwnAttempt = 0;
  m.wroteRow();
  m.self().foreignId = 0;
  m.self().isOwnAttempt = 1;
  m.goOn(Step::writeAttempt);
}

/** join, and the write of UPDATING in bringToPresent. */
inline void joinRow(Move& m) {
  if (!m.isRowFresh()) return m.goOn(Step::readRowToHold, "the row has moved");
  Row& row = m.now.row;
  row.holders |= bit(int(m.before().holder));
  m.wroteRow();
  if (row.state != PRESENT || wanted(row) <= row.proven || usesForeignRule(row)) {
    return m.goOn(Step::readRowToHold, "joined");
  }
  m.self().ruleId = row.ruleId;
  m.self().permission = wanted(row);
  m.setRowState(UPDATING);
  m.goOn(Step::raiseRule, "UPDATING");
}

/** revive: is the rule of a DELETING row gone? Its own worker is at work on it, or somebody has just proven it. */
inline void listBeforeRevival(Move& m) {
  if (!isListedOurs(m, m.before().ruleId, m.before().foreignId)) {
    m.self().ruleId = 0;
    m.self().foreignId = m.was.globus.rule;
    return m.goOn(Step::reviveRow, "gone");
  }
  m.goOn(Step::readRowToHold, "not gone yet");
  m.insteadOfThat();
  if (instance.pace == Pace::ANY) fail(m, true, "not gone in time");
}

/** revive: the row begins anew with this holder; calls that may land stay remembered. */
inline void reviveRow(Move& m) {
  if (!m.isRowFresh() || m.was.row.state != DELETING) return m.goOn(Step::readRowToHold, "the row has moved");
  m.setRowState(CREATING);
  Row& row = m.now.row;
  row.ruleId = row.proven = row.lastHolder = 0;
  row.holders = bit(int(m.before().holder));
  if (row.unsettled == EMPTY) row.foreignId = m.before().foreignId;
  m.wroteRow();
  m.self().foreignId = 0;
  m.self().isOwnAttempt = 1;
  // Whoever had the rule before relies on the new holder's look.
  if (m.isByGrant() && clause.reviverLooks) m.self().hadRule = 1;
  m.goOn(Step::writeAttempt);
}

/** A change of the permission that stays without an answer. */
inline void alsoHangUpdate(Move& m) {
  if (!m.hangsInstead(!m.was.globus.lateUpdateRule)) return;
  m.now.globus.lateUpdateRule = m.before().ruleId;
  m.now.globus.lateUpdatePermission = m.before().permission;
  fail(m, false, "no answer");
}

/** raise, the call. */
inline void raiseRule(Move& m) {
  landUpdate(m.now, m.before().ruleId, m.before().permission);
  m.goOn(Step::writeRaised);
  alsoHangUpdate(m);
}

/** raise, the write: lost to a holder that joined, it is made again. */
inline void writeRaised(Move& m) {
  if (!m.isRowFresh() || m.was.row.state != UPDATING) {
    m.self().isMine = 1;
    return m.goOn(Step::readRowToHold, "the row has moved");
  }
  m.setRowState(PRESENT);
  m.now.row.proven = m.before().permission;
  m.wroteRow();
  m.goOn(Step::readRowToHold);
}

}  // namespace model
