// Everything that must never be, each with the sentence that is printed.
#pragma once
#include "state.hpp"

namespace model {

#define MODEL_VIOLATIONS(X) \
  X(FINE, "none") \
  X(RULE_WITHOUT_ROW, "a rule of ours is on the collection and no row knows of it") \
  X(DELETED_UNDER_REPORTED, "the rule is deleted under a live reported task") \
  X(DELETED_UNDER_UNREPORTED, "the rule is taken from a live unreported task that was seen, or without a look") \
  X(LET_GO_UNLOOKED, "the last holder lets go although a look would have shown an unreported task") \
  X(TASK_FORGOTTEN, "an unreported task is live, nobody holds its rule, and nobody will look again") \
  X(OBSERVED_TWICE, "one settling makes a second transfer while its first one holds the rule") \
  X(WEAKENED_UNDER_TASK, "the permission is lowered under a live task that needs it") \
  X(FOREIGN_TOUCHED, "somebody else's rule is changed or deleted") \
  X(LOCK_WITHOUT_ITEM, "the dataset is locked by us and no lock item says so") \
  X(UNLOCKED_FOREIGN, "somebody else's lock is removed") \
  X(UNLOCKED_UNDER_SHARER, "the dataset is unlocked while another transfer of the task needs the lock") \
  X(LOCKED_UNVERIFIED, "the dataset is locked for a report that is unverified") \
  X(RIGHT_TURNED_AWAY, "the report of a transfer's own task is turned away") \
  X(WRONG_ADMITTED, "the report of somebody else's task is followed as verified") \
  X(BOUND_TWICE, "transfers of two users are bound to one task") \
  X(ACCEPTED_UNBOUND, "a report is answered 200 and its transfer is not bound") \
  X(ACCEPTED_UNLOCKED, "a report is answered 200 and the dataset is not locked") \
  X(ACCEPTED_WITHOUT_RULE, "a report is answered 200 and its live task has no rule that is held for it") \
  X(BOUND_WITHOUT_CLAIM, "a report was answered 200 and its transfer has no part in the task's claim") \
  X(CLOSED_WITH_RULE, "the last holder is CLOSED and the rule is still on the collection") \
  X(LEFT_RULE, "at an end: a rule is left") \
  X(LEFT_ROW, "at an end: a row is left") \
  X(LEFT_HOLDER, "at an end: a transfer that is over still holds the rule") \
  X(LEFT_CLAIM, "at an end: a claim is left for a transfer that is not bound") \
  X(LEFT_LOCK, "at an end: a lock, or a lock item, is left") \
  X(LEFT_OPEN, "at an end: a transfer is open for ever") \
  X(LEFT_ACCEPTED, "at an end: a transfer was accepted and is not CLOSED") \
  X(LEFT_WAITING, "at an end: a worker waits for ever") \
  X(STUCK, "single steps, one after the other and without more faults, cannot reach a clean end")

enum Violation : u8 {
#define X(name, sentence) name,
  MODEL_VIOLATIONS(X)
#undef X
};

inline const char* const VIOLATION_SENTENCES[] = {
#define X(name, sentence) sentence,
    MODEL_VIOLATIONS(X)
#undef X
};

/** The first violation of a state is the one that is told. */
inline void violate(State& s, Violation violation) {
  if (!s.violation) s.violation = violation;
}

}  // namespace model
