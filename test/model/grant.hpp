// Giving a client its access: grant-access.ts and hold-and-grant.ts.
#pragma once
#include "move.hpp"

namespace model {

/** grant-access.ts reserve: the header, put if it is absent. */
inline void reserveGrant(Move& m) {
  if (m.header() == NONE) m.transfer().header = REQUESTED;
  m.goOn(Step::readRowToHold);
}

/** grant-access.ts carryOut, answerOfEarlier: the same Idempotency-Key again. */
inline void readEarlierGrant(Move& m) {
  if (m.header() == REQUESTED && !m.was.transfers[m.t].isLeaseOver) return m.goOn(Step::readRowToHold, "goes on");
  if (m.header() == GRANTED) m.transfer().isReplied = 1;
  m.leave("the earlier answer, or 409");
}

/** hold-and-grant.ts holdAndGrant, the last write: the client has its answer. */
inline void writeGranted(Move& m) {
  switch (m.header()) {
    case REQUESTED:
      m.transfer().header = GRANTED;
      [[fallthrough]];
    case GRANTED:
    case BOUND:
    case OBSERVED:
      m.transfer().isReplied = 1;
      return m.leave("answers");
    default:
      m.self().isUndoing = 1;
      return m.goOn(Step::readRowToRelease, "the lease is over: undo");
  }
}

}  // namespace model
