// Everything that must never be, each with the sentence that is printed.
#pragma once
#include "state.hpp"

namespace model {

#define MODEL_VIOLATIONS(X) \
  X(FINE, "none") \
  X(RULE_WITHOUT_ROW, "a rule of ours is on the collection and no row knows of it") \
  X(DELETED_UNDER_REPORTED, "the rule is deleted under a live reported task") \
  X(DELETED_UNDER_UNREPORTED, "the rule is taken from a live unreported task that a look has shown, or without a look") \
  X(WEAKENED_UNDER_TASK, "the permission is lowered under a live task that needs it") \
  X(NOT_RESTORED, "EXPIRED while a task that was entitled to the rule is live and listed") \
  X(FOREIGN_TOUCHED, "somebody else's rule is changed or deleted") \
  X(LOCK_WITHOUT_ITEM, "the dataset is locked by us and no lock item says so") \
  X(UNLOCKED_ANOTHERS, "a lock is removed that is not this transfer's") \
  X(BOUND_TWICE, "two transfers are bound to one task") \
  X(ACCEPTED_UNBOUND, "a report is answered 200 and its transfer is not bound") \
  X(ACCEPTED_UNLOCKED, "a report is answered 200 and the dataset is not locked") \
  X(ACCEPTED_WITHOUT_RULE, "a report is answered 200 and its live task has no rule that is held for it") \
  X(BOUND_WITHOUT_CLAIM, "a report is answered 200 and its transfer has no part in the task's claim") \
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
