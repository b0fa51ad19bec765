// A live task that nobody reported gets a transfer of its own: observe-unreported-task.ts and second-look.ts.
#pragma once
#include "globus.hpp"
#include "hold.hpp"

namespace model {

/** observeUnreportedTask, before the last holder lets go. */
inline void lookBeforeRelease(Move& m) {
  m.self().hasLooked = !clause.lookAtVersion;
  if (isUnreportedTaskListed(m.was)) {
    m.self().isRowFresh = 0;
    return m.goOn(Step::noteObserver, "one");
  }
  m.goOn(Step::removeHolder, "none");
}

/** second-look.ts lookAgainIfDue: whoever holds a rule of ours by now will look. */
inline void lookAgain(Move& m) {
  const Row& row = m.was.row;
  const bool isHeld = row.holders && row.ruleId && !usesForeignRule(row);
  if (!isHeld && isUnreportedTaskListed(m.was)) return m.goOn(Step::noteObserver, "one");
  m.goOn(Step::writeLookedAgain, isHeld ? "somebody holds the rule" : "none");
}

/** Is the transfer the one that this settling has made? */
inline bool isObserverOf(const State& s, int observer, int t) {
  return s.transfers[observer].header != NONE && s.transfers[observer].observedBy == number(t);
}

inline int freePlace(const State& s) {
  for (int t = MOST_CLIENTS; t < TRANSFERS; t++) if (s.transfers[t].header == NONE && !isHolder(s, t)) return t;
  return -1;
}

/** observeUnreportedTask, the note in the settling record: a repeat makes no second one. */
inline void noteObserver(Move& m) {
  if (!clause.noteObserver || m.transferBefore().observedAs) return m.goOn(Step::reserveObserver);
  const int place = freePlace(m.was);
  if (place < 0) return m.leave("the model has no place for one more");
  m.transfer().observedAs = number(place);
  m.goOn(Step::reserveObserver);
}

/** observeUnreportedTask, reserve and take: one whose look is over is not used again. */
inline void reserveObserver(Move& m) {
  int place = clause.noteObserver ? int(m.transferBefore().observedAs) - 1 : freePlace(m.was);
  if (place < 0) return m.leave("the model has no place for one more");
  Transfer& observer = m.now.transfers[place];
  // take-transfer.ts withTransfer waits for whoever works on it.
  for (const auto& actor : m.was.actors) if (actor.worker == LEASE && int(actor.transfer) == place) return;
  const bool isOwn = isObserverOf(m.was, place, m.t);
  if (observer.header != NONE && (!isOwn || observer.header != OBSERVED)) {
    m.transfer().observedAs = 0;
    return m.goOn(Step::noteObserver, "over, or somebody else's: another one");
  }
  if (observer.header == NONE) {
    for (int t = MOST_CLIENTS; t < TRANSFERS; t++) {
      if (isObserverOf(m.was, t, m.t) && m.was.transfers[t].header == OBSERVED) violate(m.now, OBSERVED_TWICE);
    }
    observer.header = OBSERVED;
    observer.observedBy = number(m.t);
  }
  if (mutant.observerUnheld) {
    m.self().hasLooked = 1;
    return held(m, "OBSERVED, not a holder");
  }
  m.self().holder = u32(place);
  m.goOn(Step::readRowToHold, "OBSERVED");
}

/** lookAgainIfDue, its write. */
inline void writeLookedAgain(Move& m) {
  if (m.header() == SETTLING) m.transfer().secondLook = NO_MOMENT;
  m.self().isSecondLook = 0;
  m.goOn(Step::readLockItem);
}

}  // namespace model
