// What lock and unlock calls do at Dataverse when they land.
#pragma once
#include "move.hpp"

namespace model {

inline bool needsLock(const State& s, int t) {
  const Transfer& transfer = s.transfers[t];
  return instance.takesLock && transfer.header == BOUND && transfer.admission == FULL && !isTaskOver(s, t);
}

/** Does another transfer of the task still need the lock: until its files are registered? */
inline bool isSharedBy(const State& s, int t) {
  for (int u = 0; u < TRANSFERS; u++) {
    const Transfer& other = s.transfers[u];
    if (u == t || !(s.lock.owners >> u & 1)) continue;
    if (other.header == SETTLING || (other.header == BOUND && other.isAccepted && other.admission == FULL)) return true;
  }
  return false;
}

inline void landUnlock(State& s, int t) {
  if (s.lock.atDataverse == SOMEBODY_ELSES) violate(s, UNLOCKED_FOREIGN);
  if (s.lock.atDataverse == OURS && isSharedBy(s, t)) violate(s, UNLOCKED_UNDER_SHARER);
  s.lock.atDataverse = UNLOCKED_DATASET;
}

/** domain/dataset-lock.ts lockUnsettledSeconds: may a call still land? */
inline bool isLockUnsettled(const State& s) {
  if (s.lock.hasLostCall) return true;
  for (const auto& actor : s.actors) if (actor.isLockCallOpen) return true;
  return false;
}

}  // namespace model
