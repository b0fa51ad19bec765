// What must hold in every state, and at the ends.
#pragma once
#include "world.hpp"

namespace model {

inline void judge(State& s) {
  if (s.violation) return;
  if (s.globus.rule && !isForeign(s, s.globus.rule) && s.row.state == ABSENT) violate(s, RULE_WITHOUT_ROW);
  const bool isOurs = s.lock.atDataverse && s.lock.atDataverse != SOMEBODY_ELSE;
  if (isOurs && s.lock.item != s.lock.atDataverse) violate(s, LOCK_WITHOUT_ITEM);
}

/** Of a state that only clients and faults can leave. */
inline Violation judgeEnd(const State& s) {
  if (workersAlive(s)) return LEFT_WAITING;
  if (s.globus.rule && !isForeign(s, s.globus.rule)) return LEFT_RULE;
  for (int t = 0; t < TRANSFERS; t++) {
    const Transfer& transfer = s.transfers[t];
    const Task& task = s.tasks[t];
    if (isHolder(s, t) && isFinal(transfer.header)) return LEFT_HOLDER;
    if (transfer.isAccepted && transfer.header != CLOSED) return LEFT_ACCEPTED;
    if (!isFinal(transfer.header)) return LEFT_OPEN;
    if (task.claim && s.transfers[task.claim - 1].header != CLOSED) return LEFT_CLAIM;
  }
  if (s.row.state != ABSENT) return LEFT_ROW;
  const bool isLocked = s.lock.atDataverse && s.lock.atDataverse != SOMEBODY_ELSE;
  return s.lock.item || isLocked ? LEFT_LOCK : FINE;
}

/** Fills the list of what may come after a state. */
inline void findSuccessors(const State& s) {
  successors.clear();
  if (s.violation) return;
  for (int i = 0; i < ACTORS; i++) {
    if (s.actors[i].worker == IDLE) continue;
    Move move(s, i);
    STEP_FUNCTIONS[s.actors[i].step](move);
  }
  crashes(s);
  lateCalls(s);
  time(s);
  clients(s);
  otherPeople(s);
  runners(s);
  for (auto& successor : successors) judge(successor.state);
}

}  // namespace model
