// What lock and unlock calls do at Dataverse when they land.
#pragma once
#include "move.hpp"

namespace model {

inline void landUnlock(State& s, int t) {
  if (s.lock.atDataverse && s.lock.atDataverse != owner(t)) violate(s, UNLOCKED_ANOTHERS);
  s.lock.atDataverse = 0;
}

}  // namespace model
