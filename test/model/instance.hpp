// What is searched: the instances, the clauses of the protocol that can be left out, and deliberate errors.
#pragma once
#include <string>
#include <vector>
#include "state.hpp"

namespace model {

/** How the first transfer stands when the search begins. */
enum class Beginning { NOTHING, GRANTED, TASK_ENDED };

/** A small world: who asks for what, and what may go wrong how many times. */
struct Instance {
  std::string name;
  std::string about;
  int clients = 1;
  u32 permission[TRANSFERS] = {READ_WRITE, READ_WRITE, READ_WRITE};
  bool takesLock[TRANSFERS] = {};
  bool submits[TRANSFERS] = {true, true, true};
  int reports[TRANSFERS] = {};
  /** Reports may also name the task of the other client. */
  bool reportsOthersTask = false;
  int crashes = 1;
  int timeouts = 1;
  int foreignRules = 0;
  int foreignLocks = 0;
  int repeats = 0;
  /** Workers of one kind for one transfer at one time. */
  int twins = 2;
  int workers = ACTORS;
  Beginning beginning = Beginning::NOTHING;
  /** More than about two million states. */
  bool isLarge = false;
};

std::vector<Instance> instances();

// take: whoever works on a transfer takes its record first, with a limit; a report is noted there before anything else.
// unsettled: an attempt that finds an open call leaves its time standing, whatever its own answer.
// recordId: a rule found by a list is deleted only once its id is in the row, on the version read.
// lookFirst: every run on an EXPIRING transfer begins with the look at live tasks.
// onlyUp: a permission only goes up while the row lives.
// foreignTell: "exists", or an id the row does not name, means somebody else's rule while no call of ours was open.
// lockFence: the lock item knows until when a call may land, and stays until then.
// lockLook: whose lock it is gets read before it is removed, or called refused.
#define MODEL_CLAUSES(X) \
  X(take) X(unsettled) X(recordId) X(lookFirst) X(onlyUp) X(foreignTell) X(lockFence) X(lockLook)

// noArbiter: the lease ends without EXPIRING.           earlyRowRemoval: the row goes while a create may land.
// noHolders: the first release deletes.                 claimAfterBind: BOUND comes before the claim.
// removeByState: the row goes by its state alone.       noSecondLook: EXPIRED without looking again.
// lockBeforeItem: Dataverse is locked before our item.  closeBeforeProof: CLOSED while the rule may still be there.
#define MODEL_MUTANTS(X) \
  X(noArbiter) X(earlyRowRemoval) X(noHolders) X(claimAfterBind) X(removeByState) X(noSecondLook) X(lockBeforeItem) \
  X(closeBeforeProof)

struct Clauses {
#define X(name) bool name = true;
  MODEL_CLAUSES(X)
#undef X
};

struct Mutants {
#define X(name) bool name = false;
  MODEL_MUTANTS(X)
#undef X
};

inline Instance instance;
inline Clauses clause;
inline Mutants mutant;

}  // namespace model
