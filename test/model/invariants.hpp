// What must hold in every state, and at the ends.
#pragma once
#include "world.hpp"

namespace model {

/** Will anybody still look for tasks that nobody reported? Holders do when they let go, and ten seconds after it. */
inline bool willAnybodyLook(const State& s) {
  for (const auto& transfer : s.transfers) {
    if (isFinal(transfer.header)) continue;
    if (transfer.header != SETTLING || !transfer.isReleased || transfer.secondLook != NO_MOMENT) return true;
  }
  return false;
}

inline void judgeTasks(State& s) {
  for (int k = 0; k < MOST_CLIENTS; k++) {
    const Task& task = s.tasks[k];
    if (isLive(task.state) && task.isEntitled && !task.claim && !willAnybodyLook(s)) violate(s, TASK_FORGOTTEN);
  }
}

inline void judgeTransfers(State& s) {
  for (int t = 0; t < MOST_CLIENTS; t++) {
    const Transfer& transfer = s.transfers[t];
    const bool isOnItsWayOut = transfer.isRejected || transfer.doubt == DUE || !clause.twoDoubts;
    if (!transfer.isAccepted || !transfer.bound || isOnItsWayOut) continue;
    if (!(s.tasks[transfer.bound - 1].claim >> t & 1)) violate(s, BOUND_WITHOUT_CLAIM);
  }
}

inline void judge(State& s) {
  if (s.violation) return;
  if (s.globus.rule && !isForeign(s, s.globus.rule) && s.row.state == ABSENT) violate(s, RULE_WITHOUT_ROW);
  if (s.lock.atDataverse == OURS && !s.lock.owners) violate(s, LOCK_WITHOUT_ITEM);
  judgeTransfers(s);
  judgeTasks(s);
}

inline bool isClaimNeeded(const State& s, int task, int t) {
  const Transfer& transfer = s.transfers[t];
  return transfer.header == CLOSED && !transfer.isRejected && transfer.bound == number(task);
}

/** Of a state that only clients and faults can leave. */
inline Violation judgeEnd(const State& s) {
  if (workersAlive(s)) return LEFT_WAITING;
  if (s.globus.rule && !isForeign(s, s.globus.rule)) return LEFT_RULE;
  for (int t = 0; t < TRANSFERS; t++) {
    const Transfer& transfer = s.transfers[t];
    if (isHolder(s, t) && isFinal(transfer.header)) return LEFT_HOLDER;
    if (transfer.isAccepted && transfer.header != CLOSED) return LEFT_ACCEPTED;
    if (!isFinal(transfer.header)) return LEFT_OPEN;
    for (int k = 0; k < TASKS; k++) if ((s.tasks[k].claim >> t & 1) && !isClaimNeeded(s, k, t)) return LEFT_CLAIM;
  }
  if (s.row.state != ABSENT) return LEFT_ROW;
  return s.lock.owners || s.lock.atDataverse == OURS ? LEFT_LOCK : FINE;
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
