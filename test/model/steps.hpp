// The steps of all workers: one read, write or call each. What a step does is a function of its name in the other files.
#pragma once
#include "state.hpp"

namespace model {

/** What a worker still knows when a step begins; the rest is forgotten, which makes fewer states. */
enum class Knows { NOTHING, OPEN_CALLS, ROW, ALL };

#define MODEL_STEPS(X) \
  X(none, "", OPEN_CALLS) \
  /* grant.hpp */ \
  X(reserveGrant, "reserve the transfer", OPEN_CALLS) \
  X(readEarlierGrant, "read the earlier grant", OPEN_CALLS) \
  X(writeGranted, "write GRANTED", OPEN_CALLS) \
  /* hold.hpp */ \
  X(readRowToHold, "read the row", OPEN_CALLS) \
  X(listBeforeBirth, "list rules", OPEN_CALLS) \
  X(giveBirth, "put the row", OPEN_CALLS) \
  X(joinRow, "join the row", ALL) \
  X(writeAttempt, "write the attempt", ALL) \
  X(createRule, "create the rule", ALL) \
  X(findExisting, "find the rule", ALL) \
  X(writePresent, "write PRESENT", ALL) \
  X(raiseRule, "raise the permission", ALL) \
  X(writeRaised, "write the raise", ALL) \
  /* release.hpp */ \
  X(readRowToRelease, "read the row", ROW) \
  X(removeHolder, "remove the holder", ROW) \
  X(findRuleToDelete, "find the rule", ROW) \
  X(recordFoundRule, "write the found id", ROW) \
  X(deleteRule, "delete the rule", ROW) \
  X(proveGone, "list rules", ROW) \
  X(removeRow, "remove the row", ROW) \
  X(lowerRule, "change the permission", ROW) \
  X(writeLowered, "write the change", ROW) \
  /* lease.hpp */ \
  X(readLease, "read the header", NOTHING) \
  X(lookForTasks, "look for live tasks", NOTHING) \
  X(writeObserved, "write OBSERVED", NOTHING) \
  X(writeExpiring, "write EXPIRING", NOTHING) \
  X(waitForLists, "wait ten seconds", NOTHING) \
  X(lookAgain, "look again", NOTHING) \
  X(writeRestored, "write OBSERVED again", NOTHING) \
  X(writeExpired, "write EXPIRED", NOTHING) \
  /* report.hpp */ \
  X(verifyTask, "verify the task", OPEN_CALLS) \
  X(noteReport, "note the report", OPEN_CALLS) \
  X(claimTask, "claim the task", OPEN_CALLS) \
  X(writeLockItem, "write the lock item", OPEN_CALLS) \
  X(lockDataset, "lock the dataset", OPEN_CALLS) \
  X(settleLockCall, "note the lock's answer", OPEN_CALLS) \
  X(writeBound, "write BOUND", OPEN_CALLS) \
  X(answerReport, "answer 200", OPEN_CALLS) \
  X(undoLock, "undo the lock", OPEN_CALLS) \
  X(undoLockItem, "undo the lock item", OPEN_CALLS) \
  X(undoClaim, "undo the claim", OPEN_CALLS) \
  X(undoNote, "undo the note", OPEN_CALLS) \
  /* settle.hpp */ \
  X(readSettling, "read the header", OPEN_CALLS) \
  X(registerFiles, "register", OPEN_CALLS) \
  X(writeUnlockIntent, "write the lock item", OPEN_CALLS) \
  X(unlockDataset, "unlock the dataset", OPEN_CALLS) \
  X(dropLockItem, "drop the lock item", OPEN_CALLS) \
  X(writeClosed, "write CLOSED", OPEN_CALLS) \
  /* sweep.hpp */ \
  X(sweepRow, "read the row", ALL)

enum class Step : u32 {
#define X(name, label, knows) name,
  MODEL_STEPS(X)
#undef X
};

inline const char* const STEP_LABELS[] = {
#define X(name, label, knows) label,
    MODEL_STEPS(X)
#undef X
};

inline const Knows STEP_KNOWS[] = {
#define X(name, label, knows) Knows::knows,
    MODEL_STEPS(X)
#undef X
};

}  // namespace model
