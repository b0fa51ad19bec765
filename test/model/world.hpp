// Everything that may happen next: workers' steps, faults, late calls, time, clients, and who is set to work.
#pragma once
#include "create.hpp"
#include "follow.hpp"
#include "grant.hpp"
#include "hold.hpp"
#include "lease.hpp"
#include "lock.hpp"
#include "observe.hpp"
#include "release.hpp"
#include "report.hpp"
#include "settle.hpp"
#include "sweep.hpp"

namespace model {

inline void none(Move&) {}

inline void (*const STEP_FUNCTIONS[])(Move&) = {
#define X(name, label, knows) name,
    MODEL_STEPS(X)
#undef X
};

inline bool isStep(const Actor& actor, Step step) { return actor.step == u32(step); }

inline int workersAlive(const State& s) {
  int count = 0;
  for (const auto& actor : s.actors) count += actor.worker != IDLE;
  return count;
}

inline int twinsAlive(const State& s, Worker worker, int t) {
  int count = 0;
  for (const auto& actor : s.actors) count += actor.worker == worker && int(actor.transfer) == t;
  return count;
}

/** take-transfer.ts withTransfer: while a worker lives nobody else works on its transfer. */
inline bool isTaken(const State& s, int t) {
  for (const auto& actor : s.actors) {
    if (actor.worker == IDLE || actor.worker == SWEEP) continue;
    if (int(actor.transfer) == t || int(actor.holder) == t) return true;
  }
  return false;
}

/** Somebody sets to work: taking the record and the first read of it are one write on its version. */
inline void start(State s, bool isOrdinary, Worker worker, Step step, int t, int task, const std::string& label) {
  if (clause.take && worker != SWEEP && isTaken(s, t)) return;
  for (int i = 0; i < instance.workers; i++) {
    if (s.actors[i].worker != IDLE) continue;
    Actor actor = {};
    actor.worker = worker;
    actor.step = u32(step);
    actor.transfer = actor.holder = u32(t);
    actor.task = u32(task);
    s.actors[i] = actor;
    const size_t first = successors.size();
    Move move(s, i);
    STEP_FUNCTIONS[actor.step](move);
    for (size_t n = first; n < successors.size(); n++) {
      successors[n].isOrdinary &= isOrdinary;
      if (areLabelsWanted) successors[n].label = label + "; " + successors[n].label;
    }
    return;
  }
}

/** What a caller leaves on its way when it dies in the middle of a call; false where the call would have no effect. */
inline bool leaveCallUnderWay(const State& s, State& after, const Actor& actor) {
  if (isStep(actor, Step::createRule) && !after.globus.lateCreate1) {
    after.globus.lateCreate1 = actor.permission;
  } else if (isStep(actor, Step::deleteRule) && s.globus.rule == actor.ruleId) {
    after.globus.lateDeletes |= 1u << actor.ruleId;
  } else if ((isStep(actor, Step::lowerRule) || isStep(actor, Step::raiseRule)) && !after.globus.lateUpdateRule) {
    after.globus.lateUpdateRule = actor.ruleId;
    after.globus.lateUpdatePermission = actor.permission;
  } else if (isStep(actor, Step::lockDataset) && !after.lock.hasLateLock) {
    after.lock.hasLateLock = 1;
  } else if (isStep(actor, Step::unlockDataset) && !after.lock.lateUnlock) {
    after.lock.lateUnlock = number(int(actor.transfer));
  } else {
    return false;
  }
  return true;
}

inline void crashes(const State& s) {
  if (!s.budget.crashes) return;
  for (int i = 0; i < ACTORS; i++) {
    if (s.actors[i].worker == IDLE) continue;
    const Actor actor = s.actors[i];
    State n = s;
    n.budget.crashes--;
    if (actor.isLockCallOpen) n.lock.hasLostCall = 1;
    memset(&n.actors[i], 0, sizeof(Actor));
    const std::string label = areLabelsWanted ? "crash before " + describe(actor) : "";
    add(n, false, label);
    if (leaveCallUnderWay(s, n, actor)) add(n, false, label + ", its call under way");
  }
}

/** Calls whose callers are gone. */
inline void lateCalls(const State& s) {
  for (int which = 0; which < 2; which++) {
    const u32 permission = which ? s.globus.lateCreate1 : s.globus.lateCreate0;
    if (!permission) continue;
    State n = s;
    (which ? n.globus.lateCreate1 = 0 : n.globus.lateCreate0 = 0);
    add(n, true, "a late create never lands");
    if (s.globus.rule) continue;
    landCreate(n, permission);
    add(n, true, "a late create lands");
  }
  for (u32 id = 1; id < RULE_IDS; id++) {
    if (!(s.globus.lateDeletes >> id & 1)) continue;
    State n = s;
    n.globus.lateDeletes &= ~(1u << id);
    add(n, true, "a late delete never lands");
    if (s.globus.rule != id) continue;
    landDelete(n, id);
    add(n, true, "a late delete lands");
  }
  if (s.globus.lateUpdateRule) {
    State n = s;
    n.globus.lateUpdateRule = n.globus.lateUpdatePermission = 0;
    add(n, true, "a late change of permission never lands");
    landUpdate(n, s.globus.lateUpdateRule, s.globus.lateUpdatePermission);
    add(n, true, "a late change of permission lands");
  }
  if (s.lock.hasLateLock) {
    State n = s;
    n.lock.hasLateLock = 0;
    add(n, true, "a late lock never lands");
    if (s.lock.atDataverse == UNLOCKED_DATASET) {
      n.lock.atDataverse = OURS;
      add(n, true, "a late lock lands");
    }
  }
  if (s.lock.lateUnlock) {
    State n = s;
    n.lock.lateUnlock = 0;
    add(n, true, "a late unlock never lands");
    landUnlock(n, int(s.lock.lateUnlock) - 1);
    add(n, true, "a late unlock lands");
  }
}

inline void timeOfTransfer(const State& s, int t) {
  const Transfer& transfer = s.transfers[t];
  const bool hasLease = (transfer.header == REQUESTED || transfer.header == GRANTED) && !transfer.isLeaseOver;
  // The request's own due time protects it until it has ended.
  if (hasLease && !twinsAlive(s, GRANT, t)) {
    State n = s;
    n.transfers[t].isLeaseOver = 1;
    add(n, true, "the lease of " + nameOf(t) + " is over");
  }
  if (transfer.secondLook == TO_COME) {
    State n = s;
    for (int k = 0; k < MOST_CLIENTS; k++) {
      if ((transfer.hiddenThen >> k & 1) && n.tasks[k].state == HIDDEN) n.tasks[k].state = LISTED;
    }
    n.transfers[t].secondLook = DUE;
    add(n, true, "ten seconds have passed since the release of " + nameOf(t));
  }
  if (transfer.doubt == TO_COME) {
    State n = s;
    Task& task = n.tasks[transfer.bound - 1];
    if (task.state == HIDDEN) task.state = LISTED;
    n.transfers[t].doubt = DUE;
    add(n, true, "ten seconds have passed since the doubt of " + nameOf(t));
  }
}

inline void timeOfTask(const State& s, int k) {
  if (s.tasks[k].state == HIDDEN) {
    State n = s;
    n.tasks[k].state = LISTED;
    add(n, true, "task " + std::to_string(k) + " is listed");
  }
  if (isLive(s.tasks[k].state)) {
    State n = s;
    n.tasks[k].state = ENDED;
    add(n, true, "task " + std::to_string(k) + " ends");
  }
}

/** A call's time is over only when it cannot land any more: handlers and hangs together are shorter than it. */
inline void timeOfCalls(const State& s) {
  bool mayCreateLand = s.globus.lateCreate0;
  for (const auto& actor : s.actors) if (isStep(actor, Step::createRule)) mayCreateLand = true;
  if (s.row.unsettled == AHEAD && !mayCreateLand) {
    State n = s;
    n.row.unsettled = clause.foreignTell ? PASSED : EMPTY;
    add(n, true, "no create can land any more");
  }
  if (s.lock.hasLostCall && !s.lock.hasLateLock && !s.lock.lateUnlock) {
    State n = s;
    n.lock.hasLostCall = 0;
    add(n, true, "no lost lock call can land any more");
  }
}

inline bool mayBeAbandoned(const State& s) {
  if (instance.pace == Pace::ANY) return true;
  for (const auto& actor : s.actors) {
    const Knows knows = STEP_KNOWS[actor.step];
    if (knows == Knows::ROW || knows == Knows::ATTEMPT) return false;
  }
  return instance.pace == Pace::ALIVE;
}

/** Time passes; it is held back only where the protocol's own limits order it. */
inline void time(const State& s) {
  for (int t = 0; t < TRANSFERS; t++) timeOfTransfer(s, t);
  for (int k = 0; k < instance.clients; k++) timeOfTask(s, k);
  if (s.row.state != ABSENT && s.row.state != PRESENT && !s.row.isAbandoned && mayBeAbandoned(s)) {
    State n = s;
    n.row.isAbandoned = 1;
    add(n, true, "the row's state is fifteen seconds old");
  }
  timeOfCalls(s);
}

inline void reports(const State& s, int t) {
  const Transfer& transfer = s.transfers[t];
  if (!transfer.reportsLeft || !transfer.isReplied) return;
  for (int k = 0; k < TASKS; k++) {
    if (k == STRANGERS_TASK && !instance.reportsStrangersTask) continue;
    if (k != STRANGERS_TASK && k != t && !instance.reportsOthersTask) continue;
    if (k != STRANGERS_TASK && s.tasks[k].state == UNSUBMITTED) continue;
    State n = s;
    n.transfers[t].reportsLeft--;
    const std::string label = "the client of " + nameOf(t) + " reports task " + std::to_string(k);
    start(n, false, REPORT, Step::verifyTask, t, k, label);
  }
}

inline void clients(const State& s) {
  for (int t = 0; t < instance.clients; t++) {
    const Transfer& transfer = s.transfers[t];
    if (transfer.header == NONE && !transfer.isAsked) {
      State n = s;
      n.transfers[t].isAsked = 1;
      start(n, false, GRANT, Step::reserveGrant, t, 0, "a client asks for " + nameOf(t));
    }
    if (s.budget.repeats && transfer.header != NONE) {
      State n = s;
      n.budget.repeats--;
      start(n, false, GRANT_REPEAT, Step::readEarlierGrant, t, 0, "the client asks for " + nameOf(t) + " again");
    }
    const bool isAllowed = s.globus.rule && s.globus.permission >= permissionOf(t);
    if (instance.submits[t] && s.tasks[t].state == UNSUBMITTED && isAllowed && transfer.header != NONE) {
      State n = s;
      n.tasks[t].state = HIDDEN;
      n.tasks[t].isEntitled = !isForeign(s, s.globus.rule);
      add(n, false, "the client of " + nameOf(t) + " submits its task");
    }
    reports(s, t);
  }
}

/** Nobody can tell whose a rule is that somebody makes by hand while a create of ours may land. */
inline bool isOwnershipDoubtful(const State& s) {
  if (instance.pace == Pace::PROMPT) return false;
  for (const auto& actor : s.actors) {
    if (isStep(actor, Step::giveBirth) || isStep(actor, Step::reviveRow)) return true;
  }
  return s.row.unsettled || s.globus.lateCreate0 || s.row.state == CREATING;
}

/** Dataverse removes a lock by its type: nobody can tell whose it removes that somebody places meanwhile. */
inline bool isUnlockUnderWay(const State& s) {
  for (const auto& actor : s.actors) {
    if (isStep(actor, Step::writeUnlockIntent) || isStep(actor, Step::unlockDataset)) return true;
  }
  return s.lock.lateUnlock;
}

inline void otherPeople(const State& s) {
  if (s.budget.foreignRules && !s.globus.rule && !isOwnershipDoubtful(s)) {
    State n = s;
    n.budget.foreignRules--;
    landCreate(n, READ, true);
    add(n, false, "somebody makes a rule (r) by hand");
  }
  if (s.budget.foreignLocks && s.lock.atDataverse == UNLOCKED_DATASET && !isUnlockUnderWay(s)) {
    State n = s;
    n.budget.foreignLocks--;
    n.lock.atDataverse = SOMEBODY_ELSES;
    add(n, false, "somebody else locks the dataset");
  }
  if (s.lock.atDataverse == SOMEBODY_ELSES) {
    State n = s;
    n.lock.atDataverse = UNLOCKED_DATASET;
    add(n, true, "somebody else unlocks the dataset");
  }
}

/** domain/next-step.ts nextStep: is something of this transfer due, and whose step is it? */
inline Worker dueWorker(const State& s, int t) {
  const Transfer& transfer = s.transfers[t];
  switch (transfer.header) {
    case REQUESTED:
      return transfer.isLeaseOver ? LEASE : IDLE;
    case GRANTED:
      return transfer.isLeaseOver || transfer.report ? LEASE : IDLE;
    case OBSERVED:
      return LEASE;
    case EXPIRING:
      return transfer.secondLook == TO_COME ? IDLE : LEASE;
    case BOUND:
      if (transfer.admission == UNVERIFIED) return transfer.doubt == TO_COME ? IDLE : FOLLOW;
      if (isTaskOver(s, t)) return SETTLE;
      return transfer.admission == UNLOCKED ? FOLLOW : IDLE;
    case SETTLING:
      // Nothing but the lock is left to do while the second look is waited for.
      return transfer.secondLook == TO_COME && !(s.lock.owners >> t & 1) ? IDLE : SETTLE;
    default:
      return IDLE;
  }
}

inline Step firstStepOf(Worker worker) {
  if (worker == LEASE) return Step::readLease;
  return worker == FOLLOW ? Step::lookAtTask : Step::readSettling;
}

/** sweep-rule-row.ts finishForHolders: the holder that needs most. */
inline int mostNeedy(const Row& row) {
  for (int t = 0; t < TRANSFERS; t++) if ((row.holders >> t & 1) && permissionOf(t) == wanted(row)) return t;
  return 0;
}

/** Workflow and sweep run the same steps and go by the record alone; they need no telling apart. */
inline void runners(const State& s) {
  const int alive = workersAlive(s);
  if (alive >= instance.workers) return;
  const bool isAlone = alive == 0;
  for (int t = 0; t < TRANSFERS; t++) {
    const Worker worker = dueWorker(s, t);
    if (worker == IDLE || twinsAlive(s, worker, t) >= instance.twins) continue;
    const std::string label = areLabelsWanted ? std::string(WORKER_NAMES[worker]) + " begins" : "";
    start(s, isAlone, worker, firstStepOf(worker), t, 0, label);
  }
  for (const auto& actor : s.actors) if (actor.worker == SWEEP) return;
  if (s.row.state == ABSENT || s.row.state == PRESENT || !s.row.isAbandoned) return;
  const bool isDeleting = s.row.state == DELETING;
  const int t = isDeleting ? 0 : mostNeedy(s.row);
  start(s, isAlone, SWEEP, isDeleting ? Step::sweepDeletingRow : Step::readRowToHold, t, 0, "sweep begins");
}

}  // namespace model
