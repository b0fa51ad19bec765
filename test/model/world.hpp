// Everything that may happen next: workers' steps, faults, late calls, time, clients, and who is set to work.
#pragma once
#include "grant.hpp"
#include "hold.hpp"
#include "lease.hpp"
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
    if (actor.worker != IDLE && actor.worker != SWEEP && int(actor.transfer) == t) return true;
  }
  return false;
}

inline void start(State s, bool isOrdinary, Worker worker, Step step, int t, int task, const std::string& label) {
  if (clause.take && worker != SWEEP && isTaken(s, t)) return;
  for (int i = 0; i < instance.workers; i++) {
    if (s.actors[i].worker != IDLE) continue;
    Actor actor = {};
    actor.worker = worker;
    actor.step = u32(step);
    actor.transfer = u32(t);
    actor.task = u32(task);
    s.actors[i] = actor;
    return add(s, isOrdinary, label);
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
  } else if (isStep(actor, Step::lockDataset) && !after.lock.lateLock) {
    after.lock.lateLock = owner(int(actor.transfer));
  } else if (isStep(actor, Step::unlockDataset) && !after.lock.lateUnlock) {
    after.lock.lateUnlock = owner(int(actor.transfer));
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
  if (s.lock.lateLock) {
    State n = s;
    n.lock.lateLock = 0;
    add(n, true, "a late lock never lands");
    if (!s.lock.atDataverse) {
      n.lock.atDataverse = s.lock.lateLock;
      add(n, true, "a late lock lands");
    }
  }
  if (s.lock.lateUnlock) {
    State n = s;
    n.lock.lateUnlock = 0;
    add(n, true, "a late unlock never lands");
    if (n.lock.atDataverse == SOMEBODY_ELSE) n.lock.atDataverse = 0;
    else landUnlock(n, int(s.lock.lateUnlock) - 1);
    add(n, true, "a late unlock lands");
  }
}

/** Time passes; it is held back only where the protocol's own limits order it. */
inline void time(const State& s) {
  for (int t = 0; t < instance.clients; t++) {
    const Transfer& transfer = s.transfers[t];
    const bool hasLease = (transfer.header == REQUESTED || transfer.header == GRANTED) && !transfer.isLeaseOver;
    if (hasLease && !twinsAlive(s, GRANT, t)) {
      State n = s;
      n.transfers[t].isLeaseOver = 1;
      add(n, true, "the lease of " + nameOf(t) + " is over");
    }
    if (s.tasks[t].state == HIDDEN) {
      State n = s;
      n.tasks[t].state = LISTED;
      add(n, true, "the task of " + nameOf(t) + " is listed");
    }
    if (isLive(s.tasks[t].state)) {
      State n = s;
      n.tasks[t].state = ENDED;
      add(n, true, "the task of " + nameOf(t) + " ends");
    }
  }
  if (s.row.state != ABSENT && s.row.state != PRESENT && !s.row.isAbandoned) {
    State n = s;
    n.row.isAbandoned = 1;
    add(n, true, "the row's state is fifteen seconds old");
  }
  bool mayCreateLand = s.globus.lateCreate0;
  bool mayLockLand = s.lock.lateLock || s.lock.lateUnlock;
  for (const auto& actor : s.actors) {
    if (isStep(actor, Step::createRule)) mayCreateLand = true;
    const bool isLockCall =
        isStep(actor, Step::lockDataset) || isStep(actor, Step::unlockDataset) || isStep(actor, Step::undoLock);
    if (isLockCall) mayLockLand = true;
  }
  if (s.row.unsettled == AHEAD && !mayCreateLand) {
    State n = s;
    n.row.unsettled = clause.foreignTell ? PASSED : EMPTY;
    add(n, true, "no create can land any more");
  }
  if (s.lock.isUnsettled && !mayLockLand) {
    State n = s;
    n.lock.isUnsettled = 0;
    add(n, true, "no lock call can land any more");
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
    const bool isAllowed = s.globus.rule && s.globus.permission >= instance.permission[t];
    if (instance.submits[t] && s.tasks[t].state == UNSUBMITTED && isAllowed && transfer.header != NONE) {
      State n = s;
      n.tasks[t].state = HIDDEN;
      // Its own grant holds the rule, or is just losing it.
      n.tasks[t].isEntitled = isHolder(s, t) || (transfer.header == EXPIRING && !transfer.isPastWait);
      add(n, false, "the client of " + nameOf(t) + " submits its task");
    }
    for (int k = 0; k < instance.clients; k++) {
      if (k != t && !instance.reportsOthersTask) continue;
      if (!transfer.reportsLeft || !transfer.isReplied || s.tasks[k].state == UNSUBMITTED) continue;
      State n = s;
      n.transfers[t].reportsLeft--;
      const std::string label = "the client of " + nameOf(t) + " reports task " + std::to_string(k);
      start(n, false, REPORT, Step::verifyTask, t, k, label);
    }
  }
}

/** Nobody can tell whose a rule is that somebody makes by hand while a create of ours may land. */
inline bool isOwnershipDoubtful(const State& s) {
  if (!instance.crashes && !instance.timeouts) return false;
  for (const auto& actor : s.actors) if (isStep(actor, Step::giveBirth)) return true;
  return s.row.unsettled || s.globus.lateCreate0 || s.row.state == CREATING;
}

inline void otherPeople(const State& s) {
  if (s.budget.foreignRules && !s.globus.rule && !isOwnershipDoubtful(s)) {
    State n = s;
    n.budget.foreignRules--;
    landCreate(n, READ, true);
    add(n, false, "somebody makes a rule (r) by hand");
  }
  if (s.budget.foreignLocks && !s.lock.atDataverse) {
    State n = s;
    n.budget.foreignLocks--;
    n.lock.atDataverse = SOMEBODY_ELSE;
    add(n, false, "somebody else locks the dataset");
  }
  if (s.lock.atDataverse == SOMEBODY_ELSE) {
    State n = s;
    n.lock.atDataverse = 0;
    add(n, true, "somebody else unlocks the dataset");
  }
}

/** Workflow and sweep run the same steps and go by the record alone; they need no telling apart. */
inline void runners(const State& s) {
  const int alive = workersAlive(s);
  if (alive >= instance.workers) return;
  const bool isAlone = alive == 0;
  for (int t = 0; t < instance.clients; t++) {
    const Transfer& transfer = s.transfers[t];
    const u32 header = transfer.header;
    const bool isLeaseDue = ((header == REQUESTED || header == GRANTED) && transfer.isLeaseOver) ||
                            header == EXPIRING || header == OBSERVED || (clause.take && transfer.report);
    if (isLeaseDue && twinsAlive(s, LEASE, t) < instance.twins) {
      start(s, isAlone, LEASE, Step::readLease, t, 0, "the lease step of " + nameOf(t) + " begins");
    }
    const bool isSettlingDue = header == SETTLING || (header == BOUND && isTaskOver(s, t));
    if (isSettlingDue && twinsAlive(s, SETTLE, t) < instance.twins) {
      start(s, isAlone, SETTLE, Step::readSettling, t, 0, "the settling of " + nameOf(t) + " begins");
    }
  }
  const bool isRowDue = (s.row.state == DELETING || s.row.state == UPDATING) && s.row.isAbandoned;
  if (isRowDue && !twinsAlive(s, SWEEP, 0)) start(s, isAlone, SWEEP, Step::sweepRow, 0, 0, "the sweep of the row begins");
}

}  // namespace model
