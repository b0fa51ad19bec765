// The steps of all workers: one read, write or call each. What a step does is a function of its name, in the file
// that is named above it.
#pragma once
#include "state.hpp"

namespace model {

/** What a worker still knows when a step begins; the rest is forgotten, which makes fewer states. */
enum class Knows { NOTHING, ROW, ATTEMPT, ITEM };

#define MODEL_STEPS(X) \
  X(none, "", NOTHING) \
  /* grant.hpp */ \
  X(reserveGrant, "reserve the transfer", NOTHING) \
  X(readEarlierGrant, "read the earlier grant", NOTHING) \
  X(writeGranted, "write GRANTED", NOTHING) \
  X(lookBeforeUndo, "look for live tasks", ROW) \
  X(writeUndone, "write what came of the undoing", NOTHING) \
  /* hold.hpp */ \
  X(readRowToHold, "read the row", NOTHING) \
  X(listBeforeBirth, "list rules", NOTHING) \
  X(giveBirth, "put the row", NOTHING) \
  X(joinRow, "join the row", ROW) \
  X(listBeforeRevival, "list rules", ROW) \
  X(reviveRow, "begin the row anew", ROW) \
  X(raiseRule, "raise the permission", ROW) \
  X(writeRaised, "write the raise", ROW) \
  /* create.hpp */ \
  X(writeAttempt, "write the attempt", ATTEMPT) \
  X(createRule, "create the rule", ATTEMPT) \
  X(writeRefusal, "note the refusal", ATTEMPT) \
  X(writeExists, "note the answer", ATTEMPT) \
  X(findExisting, "find the rule", ATTEMPT) \
  X(writePresent, "write PRESENT", ATTEMPT) \
  /* release.hpp */ \
  X(readRowToRelease, "read the row", NOTHING) \
  X(removeHolder, "remove the holder", ROW) \
  X(findRuleToDelete, "find the rule", ROW) \
  X(recordFoundRule, "write the found id", ROW) \
  X(deleteRule, "delete the rule", ROW) \
  X(proveGone, "list rules", ROW) \
  X(removeRow, "remove the row", ROW) \
  X(lowerRule, "lower the permission", ROW) \
  X(writeLowered, "write the lowering", ROW) \
  /* lease.hpp */ \
  X(readLease, "read the header", NOTHING) \
  X(lookForTasks, "look for live tasks", NOTHING) \
  X(writeObserved, "write OBSERVED", NOTHING) \
  X(writeExpiring, "write EXPIRING", NOTHING) \
  X(writeSecondLook, "write when to look again", NOTHING) \
  X(writeExpired, "write EXPIRED", NOTHING) \
  /* report.hpp */ \
  X(verifyTask, "verify the task", NOTHING) \
  X(noteReport, "note the report", NOTHING) \
  X(claimTask, "claim the task", NOTHING) \
  X(writeBound, "write BOUND", NOTHING) \
  X(answerReport, "answer 200", NOTHING) \
  X(undoClaim, "undo the claim", NOTHING) \
  X(undoNote, "undo the note", NOTHING) \
  /* lock.hpp */ \
  X(writeLockItem, "write the lock item", NOTHING) \
  X(lockDataset, "lock the dataset", NOTHING) \
  X(settleLockCall, "note the lock's answer", NOTHING) \
  X(readLockItem, "read lock item and locks", NOTHING) \
  X(leaveLockItem, "leave the lock item", ITEM) \
  X(writeUnlockIntent, "write the lock item", ITEM) \
  X(unlockDataset, "unlock the dataset", NOTHING) \
  X(settleUnlockCall, "note the unlock's answer", NOTHING) \
  X(removeLockItem, "remove the lock item", ITEM) \
  /* follow.hpp */ \
  X(lookAtTask, "look at the task", NOTHING) \
  X(writeDoubt, "note the doubt", NOTHING) \
  X(unclaimRejected, "give up the claim", NOTHING) \
  X(writeRejected, "write SETTLING, turned away", NOTHING) \
  X(writeAdmitted, "write the admission", NOTHING) \
  /* settle.hpp */ \
  X(readSettling, "read the header", NOTHING) \
  X(writeReleased, "write the release", NOTHING) \
  X(writeClosed, "write CLOSED", NOTHING) \
  /* observe.hpp */ \
  X(lookBeforeRelease, "look for unreported tasks", ROW) \
  X(lookAgain, "look for unreported tasks again", NOTHING) \
  X(noteObserver, "note the observing transfer", NOTHING) \
  X(reserveObserver, "make or take the observing transfer", NOTHING) \
  X(writeLookedAgain, "write that it has looked", NOTHING) \
  /* sweep.hpp */ \
  X(sweepDeletingRow, "read the row", NOTHING) \
  X(lookBeforeFinishing, "look for live tasks", ROW)

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
