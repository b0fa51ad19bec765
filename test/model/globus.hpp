// What calls do at Globus when they land, and what must not happen then.
#pragma once
#include "move.hpp"

namespace model {

/** Ids are only compared: one that nobody remembers may be given again. */
inline u32 unusedRuleId(State& s) {
  u32 used = 1u | 1u << s.globus.rule | 1u << s.row.ruleId | 1u << s.row.foreignId | s.globus.lateDeletes |
             1u << s.globus.lateUpdateRule;
  for (const auto& actor : s.actors) used |= 1u << actor.ruleId | 1u << actor.foreignId;
  for (u32 id = 1; id < RULE_IDS; id++) {
    if (used >> id & 1) continue;
    s.globus.foreignIds &= ~(1u << id);
    return id;
  }
  fprintf(stderr, "more rule ids are remembered at once than the model has\n");
  exit(2);
}

/** A second rule for the same principal and path is never made. */
inline void landCreate(State& s, u32 permission, bool isForeignRule = false) {
  if (s.globus.rule) return;
  const u32 id = unusedRuleId(s);
  s.globus.rule = id;
  s.globus.permission = permission;
  if (isForeignRule) s.globus.foreignIds |= 1u << id;
}

inline bool isReported(const State& s, int task) {
  for (const auto& transfer : s.transfers) {
    if (transfer.bound == owner(task) && (transfer.header == BOUND || transfer.header == SETTLING)) return true;
  }
  return false;
}

inline void landDelete(State& s, u32 id) {
  if (id == NO_RULE || s.globus.rule != id) return;
  if (isForeign(s, id)) violate(s, FOREIGN_TOUCHED);
  for (int k = 0; k < TASKS; k++) {
    if (!isLive(s.tasks[k].state)) continue;
    if (isReported(s, k)) violate(s, DELETED_UNDER_REPORTED);
    // Where nobody holds it any more, the removal of the holder is what is judged.
    else if (isHolder(s, k) && s.row.state == PRESENT && s.row.ruleId == id) violate(s, DELETED_UNDER_UNREPORTED);
  }
  s.globus.rule = NO_RULE;
  s.globus.permission = NOTHING;
}

inline void landUpdate(State& s, u32 id, u32 permission) {
  if (s.globus.rule != id) return;
  if (isForeign(s, id)) violate(s, FOREIGN_TOUCHED);
  for (int t = 0; t < TRANSFERS; t++) {
    const bool isNeeded = isLive(s.tasks[t].state) && instance.permission[t] > permission;
    if (permission < s.globus.permission && isNeeded && s.transfers[t].bound == owner(t)) {
      violate(s, WEAKENED_UNDER_TASK);
    }
  }
  s.globus.permission = permission;
}

inline bool isAnyTaskListed(const State& s) {
  for (const auto& task : s.tasks) if (task.state == LISTED) return true;
  return false;
}

/** The permission that serves all holders. */
inline u32 wanted(const Row& row) {
  u32 permission = row.state == UPDATING && clause.onlyUp ? READ_WRITE : NOTHING;
  for (int t = 0; t < TRANSFERS; t++) {
    if (row.holders >> t & 1) permission = std::max(permission, instance.permission[t]);
  }
  return permission;
}

}  // namespace model
