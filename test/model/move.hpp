// How a state leads to others: the list of what may come next, and what a step needs to say what it does.
#pragma once
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>
#include "instance.hpp"
#include "state.hpp"
#include "steps.hpp"
#include "violations.hpp"

namespace model {

struct Successor {
  State state;
  /** Happens without faults and clients: such moves alone must lead to a clean end. */
  bool isOrdinary;
  std::string label;
};

inline std::vector<Successor> successors;
inline bool areLabelsWanted = false;

inline std::string nameOf(int transfer) { return "t" + std::to_string(transfer); }

inline void forget(Actor& actor) {
  const Knows knows = STEP_KNOWS[actor.step];
  if (knows != Knows::ROW && knows != Knows::ATTEMPT) actor.isRowFresh = 0;
  if (knows != Knows::ATTEMPT) actor.isOwnAttempt = actor.hadOpenCall = 0;
  if (knows != Knows::ITEM) actor.isItemFresh = 0;
}

inline void forget(Transfer& transfer) {
  const u32 header = transfer.header;
  if (header != REQUESTED && header != GRANTED) transfer.isLeaseOver = 0;
  if (header != NONE) transfer.isAsked = 0;
  if (header != EXPIRING && header != SETTLING) transfer.secondLook = NO_MOMENT;
  if (transfer.secondLook != TO_COME) transfer.hiddenThen = 0;
  if (header != SETTLING) transfer.isReleased = 0;
  if (header != SETTLING) transfer.observedAs = 0;
  if (header != BOUND) transfer.doubt = NO_MOMENT;
  if (!transfer.reportsLeft) transfer.isReplied = 0;
  if (isFinal(header)) transfer.admission = FULL;
}

/** Rule ids are only compared: they are numbered in the order in which they stand here. */
inline void renumberRules(State& s) {
  u32 numbers[RULE_IDS] = {};
  u32 count = 0;
  const auto renumbered = [&](u32 id) {
    if (id != NO_RULE && !numbers[id]) numbers[id] = ++count;
    return numbers[id];
  };
  s.globus.rule = renumbered(s.globus.rule);
  s.row.ruleId = renumbered(s.row.ruleId);
  s.row.foreignId = renumbered(s.row.foreignId);
  s.globus.lateUpdateRule = renumbered(s.globus.lateUpdateRule);
  for (auto& actor : s.actors) {
    actor.ruleId = renumbered(actor.ruleId);
    actor.foreignId = renumbered(actor.foreignId);
  }
  u32 lateDeletes = 0;
  u32 foreignIds = 0;
  for (u32 id = 1; id < RULE_IDS; id++) {
    if (s.globus.lateDeletes >> id & 1) lateDeletes |= bit(int(renumbered(id)));
    if (numbers[id] && (s.globus.foreignIds >> id & 1)) foreignIds |= bit(int(numbers[id]));
  }
  s.globus.lateDeletes = lateDeletes;
  s.globus.foreignIds = foreignIds;
}

/** Forgets what nobody can ask for any more, and puts into order what has none. */
inline void normalise(State& s) {
  if (s.globus.lateCreate0 < s.globus.lateCreate1) {
    const u32 first = s.globus.lateCreate0;
    s.globus.lateCreate0 = s.globus.lateCreate1;
    s.globus.lateCreate1 = first;
  }
  for (auto& actor : s.actors) forget(actor);
  for (auto& transfer : s.transfers) forget(transfer);
  for (int t = 0; t < TRANSFERS; t++) {
    Transfer& transfer = s.transfers[t];
    if (t >= MOST_CLIENTS) {
      // Its place is free again.
      if (isFinal(transfer.header) && !isHolder(s, t)) memset(&transfer, 0, sizeof transfer);
      continue;
    }
    Task& task = s.tasks[t];
    if (task.state == ENDED) task.isEntitled = 0;
    const bool isUnreported = task.state == LISTED && !task.claim && task.isEntitled;
    if (!isUnreported) s.row.listedTasks &= ~bit(t);
  }
  const u32 last = s.row.lastHolder;
  if (last && s.transfers[last - 1].header != SETTLING) s.row.lastHolder = 0;
  std::sort(s.actors, s.actors + ACTORS, [](const Actor& a, const Actor& b) { return memcmp(&a, &b, sizeof a) > 0; });
  renumberRules(s);
  std::sort(s.actors, s.actors + ACTORS, [](const Actor& a, const Actor& b) { return memcmp(&a, &b, sizeof a) > 0; });
}

inline void add(State state, bool isOrdinary, const std::string& label) {
  normalise(state);
  successors.push_back({state, isOrdinary, areLabelsWanted ? label : std::string()});
}

inline std::string describe(const Actor& actor) {
  std::string text = WORKER_NAMES[actor.worker];
  text += " of " + nameOf(actor.transfer);
  if (actor.worker == REPORT) text += " for task " + std::to_string(actor.task);
  if (actor.holder != actor.transfer) text += " as " + nameOf(actor.holder);
  return text + ": " + STEP_LABELS[actor.step];
}

/** One step of one actor under way: `was` is the state before, `now` becomes the state after. */
class Move {
 public:
  Move(const State& before, int index)
      : was(before), now(before), index(index), t(int(before.actors[index].transfer)) {}

  const State& was;
  State now;
  const int index;
  /** The transfer that is worked on. */
  const int t;

  Actor& self() { return now.actors[index]; }
  const Actor& before() const { return was.actors[index]; }
  Transfer& transfer() { return now.transfers[t]; }
  const Transfer& transferBefore() const { return was.transfers[t]; }
  u32 header() const { return was.transfers[t].header; }
  bool isBy(Worker worker) const { return before().worker == worker; }
  bool isAt(Step step) const { return before().step == u32(step); }
  bool isByGrant() const { return isBy(GRANT) || isBy(GRANT_REPEAT); }
  bool isRowFresh() const { return before().isRowFresh; }
  /** Is the worker making somebody a holder, rather than releasing the transfer? */
  bool isHolding() const {
    if (isByGrant()) return !before().isUndoing;
    if (isBy(SETTLE)) return before().holder != before().transfer;
    return before().isObserving;
  }

  /** The step is done, and the worker goes on with that one. */
  void goOn(Step next, const char* what = "") {
    self().step = u32(next);
    push(true, what);
  }
  /** The step is done, and the worker with it. */
  void leave(const char* what = "") {
    end();
    push(true, what);
  }
  void end() {
    if (before().isLockCallOpen) now.lock.hasLostCall = 1;
    memset(&self(), 0, sizeof(Actor));
  }
  void push(bool isOrdinary, const char* what) {
    std::string label;
    if (areLabelsWanted) label = describe(before()) + (*what ? std::string(": ") + what : "");
    add(now, isOrdinary, label);
  }
  /** Another outcome of the same step: nothing of the first one has happened. */
  void insteadOfThat() { now = was; }
  /** A call stays without an answer, and lands late or never. False when that cannot happen any more. */
  bool hangsInstead(bool mayBeLate) {
    const bool isAboutLocks = isAt(Step::lockDataset) || isAt(Step::unlockDataset);
    if (!was.budget.timeouts || !mayBeLate || (instance.onlyLocksHang && !isAboutLocks)) return false;
    insteadOfThat();
    now.budget.timeouts--;
    return true;
  }

  void forgetRule() { self().ruleId = self().foreignId = self().permission = 0; }
  void setRowState(RowState state) {
    now.row.state = state;
    now.row.isAbandoned = 0;
  }
  void wroteRow() {
    for (auto& actor : now.actors) actor.isRowFresh = 0;
    self().isRowFresh = 1;
    now.row.listedTasks = 0;
    for (int k = 0; k < MOST_CLIENTS; k++) if (now.tasks[k].state == LISTED) now.row.listedTasks |= bit(k);
  }
  void wroteLockItem() {
    for (auto& actor : now.actors) actor.isItemFresh = 0;
    self().isItemFresh = 1;
  }
};

/** The use case throws: a grant takes its holder back, everybody else leaves and is repeated. */
inline void fail(Move& m, bool isOrdinary, const char* what) {
  Actor& self = m.self();
  self.isMine = 0;
  m.forgetRule();
  if (m.isByGrant() && !m.before().isUndoing) {
    self.isUndoing = 1;
    self.step = u32(Step::readRowToRelease);
  } else {
    m.end();
  }
  m.push(isOrdinary, what);
}

}  // namespace model
