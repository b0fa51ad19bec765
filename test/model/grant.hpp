// Giving a client its access, and taking it back where that fails: grant-access.ts and hold-and-grant.ts.
#pragma once
#include "globus.hpp"

namespace model {

/** grant-access.ts reserve: the header, put if it is absent. */
inline void reserveGrant(Move& m) {
  if (m.header() == NONE) m.transfer().header = REQUESTED;
  m.goOn(Step::readRowToHold);
}

/** grant-access.ts carryOut, answerOfEarlier: the same Idempotency-Key again. */
inline void readEarlierGrant(Move& m) {
  if (m.header() == REQUESTED && !m.transferBefore().isLeaseOver) return m.goOn(Step::readRowToHold, "goes on");
  if (m.header() == GRANTED) m.transfer().isReplied = 1;
  m.leave("the earlier answer, or 409");
}

/** hold-and-grant.ts holdAndGrant, the last write: the client has its answer. */
inline void writeGranted(Move& m) {
  if (m.header() != REQUESTED) return m.leave("the record was taken over: 503");
  m.transfer().header = GRANTED;
  m.transfer().isReplied = 1;
  m.leave("answers");
}

/** hold-and-grant.ts assertNotNeeded: others may have let go meanwhile, each not as the last. */
inline void lookBeforeUndo(Move& m) {
  if (isAnyTaskListed(m.was)) return m.leave("a live task: left to the end of the lease");
  m.goOn(Step::removeHolder, "none");
}

/** hold-and-grant.ts undo, its last write: REFUSED, or a lease that is over. */
inline void writeUndone(Move& m) {
  const u32 outcome = m.before().outcome;
  // What an earlier run has held and let go nobody remembers.
  const bool mayHaveHeld = m.before().hadRule || (m.isBy(GRANT_REPEAT) && clause.undoRepeat);
  const bool isUndone = outcome != PENDING && !mayHaveHeld;
  if (m.header() == REQUESTED) {
    if (isUndone) m.transfer().header = REFUSED;
    else m.transfer().isLeaseOver = 1;
  }
  m.leave(isUndone ? "REFUSED" : "left to the end of the lease");
}

}  // namespace model
