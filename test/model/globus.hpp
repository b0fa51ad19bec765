// What calls do at Globus when they land, what lists show, and what must not happen.
#pragma once
#include "move.hpp"

namespace model {

/** Ids are only compared: one that nobody remembers may be given again. */
inline u32 unusedRuleId(State& s) {
  u32 used = bit(0) | bit(s.globus.rule) | bit(s.row.ruleId) | bit(s.row.foreignId) | s.globus.lateDeletes |
             bit(s.globus.lateUpdateRule);
  for (const auto& actor : s.actors) used |= bit(actor.ruleId) | bit(actor.foreignId);
  for (u32 id = 1; id < RULE_IDS; id++) {
    if (used >> id & 1) continue;
    s.globus.foreignIds &= ~bit(id);
    return id;
  }
  fprintf(stderr, "more rule ids are remembered at once than the model has\n");
  exit(2);
}

/** A second rule for the same principal and path is never made. */
inline void landCreate(State& s, u32 permission, bool isSomebodyElses = false) {
  if (s.globus.rule) return;
  const u32 id = unusedRuleId(s);
  s.globus.rule = id;
  s.globus.permission = permission;
  if (isSomebodyElses) s.globus.foreignIds |= bit(id);
}

inline bool isReported(const State& s, int task) {
  for (const auto& transfer : s.transfers) {
    if (transfer.bound == number(task) && (transfer.header == BOUND || transfer.header == SETTLING)) return true;
  }
  return false;
}

inline void landDelete(State& s, u32 id) {
  if (id == NO_RULE || s.globus.rule != id) return;
  if (isForeign(s, id)) violate(s, FOREIGN_TOUCHED);
  for (int k = 0; k < MOST_CLIENTS; k++) {
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
  for (int t = 0; t < instance.clients; t++) {
    const bool isNeeded = isLive(s.tasks[t].state) && permissionOf(t) > permission;
    const bool isLowered = permission < s.globus.permission;
    if (isLowered && isNeeded && s.transfers[t].bound == number(t)) violate(s, WEAKENED_UNDER_TASK);
  }
  s.globus.permission = permission;
}

/** find-live-tasks.ts findLiveTasks for a lease: a reported task counts too, since it may serve several grants. */
inline bool isAnyTaskListed(const State& s) {
  for (int k = 0; k < MOST_CLIENTS; k++) if (s.tasks[k].state == LISTED) return true;
  return false;
}

/** The same as observeUnreportedTask asks: a task that is claimed has its rule by the transfer it was reported for. */
inline bool isUnreportedTaskListed(const State& s) {
  for (int k = 0; k < MOST_CLIENTS; k++) if (s.tasks[k].state == LISTED && !s.tasks[k].claim) return true;
  return false;
}

inline u32 hiddenTasks(const State& s) {
  u32 hidden = 0;
  for (int k = 0; k < MOST_CLIENTS; k++) if (s.tasks[k].state == HIDDEN) hidden |= bit(k);
  return hidden;
}

/** domain/access-rule.ts wantedPermission; a raise always ends in rw. */
inline u32 wanted(const Row& row) {
  u32 permission = row.state == UPDATING && clause.onlyUp ? READ_WRITE : NOTHING;
  for (int t = 0; t < TRANSFERS; t++) if (row.holders >> t & 1) permission = std::max(permission, permissionOf(t));
  return permission;
}

/** domain/access-rule.ts isOurs, of what a list shows now. */
inline bool isListedOurs(const Move& m, u32 knownId, u32 knownForeignId) {
  const u32 listed = m.was.globus.rule;
  if (listed == NO_RULE || listed == knownForeignId) return false;
  return !clause.foreignTell || listed == knownId || m.was.row.unsettled != EMPTY;
}

}  // namespace model
