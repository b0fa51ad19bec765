// What is searched: the instances, the clauses of the protocol that can be left out, and deliberate errors.
#pragma once
#include <string>
#include <vector>
#include "state.hpp"

namespace model {

/**
 * How the world stands when the search begins: one grant or two, an upload whose task has ended, or a lease that has
 * let go just before its live task was listed, beside another one that is over.
 */
enum class Beginning { NOTHING, GRANTED, BOTH_GRANTED, TASK_ENDED, LET_GO };

/**
 * At any pace a row may count as abandoned under a worker that lives, and whoever waits for another may give up. Alive:
 * only a row whose worker is dead is abandoned. Prompt: none is. In neither of these does anybody wait in vain.
 */
enum class Pace { ANY, ALIVE, PROMPT };

/** A small world: who asks for what, and what may go wrong how many times. */
struct Instance {
  std::string name;
  std::string about;
  int clients = 1;
  u32 permission[MOST_CLIENTS] = {READ_WRITE, READ_WRITE};
  bool takesLock = false;
  bool submits[MOST_CLIENTS] = {true, true};
  int reports[MOST_CLIENTS] = {};
  /** Reports may also name the task of the other client. */
  bool reportsOthersTask = false;
  /** Both clients are one user: one task may serve several grants. */
  bool sharesTasks = false;
  /** Reports may also name a task of somebody else's. */
  bool reportsStrangersTask = false;
  int crashes = 1;
  int timeouts = 1;
  /** Only calls about locks stay without an answer. */
  bool onlyLocksHang = false;
  /** Creates that Globus refuses for good: the collection is full. */
  int refusals = 0;
  /** Reports that meet a Globus that does not answer. */
  int outages = 0;
  int foreignRules = 0;
  int foreignLocks = 0;
  int repeats = 0;
  /** Workers of one kind for one transfer at one time. */
  int twins = 2;
  int workers = ACTORS;
  Beginning beginning = Beginning::NOTHING;
  Pace pace = Pace::ANY;
  /** More than about two million states. */
  bool isLarge = false;
};

std::vector<Instance> instances();

// Each switch with what it stands for, and the instances in which its absence, or its presence, is noticed.

#define MODEL_CLAUSES(X) \
  X(take, "whoever works on a transfer takes its record first", "1 2 9") \
  X(unsettled, "an attempt that finds an open call leaves its time standing", "1 4") \
  X(recordId, "a rule found by a list is deleted only once its id is in the row", "1 4") \
  X(lookFirst, "every run on an EXPIRING transfer begins with a look", "1") \
  X(onlyUp, "a permission only goes up while the row lives", "7b") \
  X(foreignTell, "an unknown rule is somebody else's while no call of ours was open", "8") \
  X(lockFence, "the lock item stays while a lock call may land", "9") \
  X(lockLook, "whose lock it is gets read before it is removed", "9") \
  X(settleLook, "settling looks for unreported tasks before the last holder lets go", "11") \
  X(settleAgain, "settling looks again ten seconds after its release", "11") \
  X(lookAtVersion, "the last holder lets go on the version of the row that was looked at", "11") \
  X(undoLook, "a grant that fails looks before it lets go as the last holder", "12") \
  X(undoRepeat, "a repeated grant that fails leaves the second look to its lease", "1") \
  X(restartLook, "a rule that is given back takes the time of the second look with it", "16") \
  X(reviverLooks, "a grant that begins a DELETING row anew and fails leaves a look to its lease", "12") \
  X(noteObserver, "settling notes the observing transfer before it makes it", "11") \
  X(joinClaim, "the claim lists all transfers of a task", "13") \
  X(joinLock, "the lock goes with the last transfer of a task", "13") \
  X(lockEnding, "nobody joins a lock that its last owner is giving up", "13") \
  X(proveFirst, "a dataset is not locked for an unverified report", "14") \
  X(twoDoubts, "a report is turned away by two looks ten seconds apart", "14") \
  X(unclaim, "a report that is turned away gives up its claim", "14")

#define MODEL_MUTANTS(X) \
  X(noArbiter, "a lease ends without EXPIRING", "2 1") \
  X(earlyRowRemoval, "the row goes while a create may land", "4") \
  X(noHolders, "the first release deletes the rule", "5") \
  X(claimAfterBind, "BOUND is written before the claim", "10") \
  X(removeByState, "the row goes by its state, not its version", "1 4") \
  X(noSecondLook, "EXPIRED without a second look", "2") \
  X(lockBeforeItem, "Dataverse is locked before our item is written", "2") \
  X(closeBeforeProof, "CLOSED before the rule is proven gone", "5") \
  X(observerUnheld, "the observing transfer does not hold the rule", "11") \
  X(admitUnchecked, "an unverified report is followed without a check", "14") \
  X(rejectedForgotten, "a report that is turned away is CLOSED without a release", "14")

struct Clauses {
#define X(name, about, instances) bool name = true;
  MODEL_CLAUSES(X)
#undef X
};

struct Mutants {
#define X(name, about, instances) bool name = false;
  MODEL_MUTANTS(X)
#undef X
};

inline Instance instance;
inline Clauses clause;
inline Mutants mutant;

/** What a transfer needs; those made for unreported tasks need what their maker needs. */
inline u32 permissionOf(int t) {
  if (t < instance.clients) return instance.permission[t];
  u32 most = READ;
  for (int client = 0; client < instance.clients; client++) {
    if (instance.permission[client] > most) most = instance.permission[client];
  }
  return most;
}

}  // namespace model
