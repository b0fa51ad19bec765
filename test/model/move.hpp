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

/** Forgets what nobody can ask for any more, and puts into order what has none. */
inline void normalise(State& s) {
  if (s.globus.lateCreate0 < s.globus.lateCreate1) {
    const u32 first = s.globus.lateCreate0;
    s.globus.lateCreate0 = s.globus.lateCreate1;
    s.globus.lateCreate1 = first;
  }
  for (auto& actor : s.actors) {
    const Knows knows = STEP_KNOWS[actor.step];
    if (knows == Knows::NOTHING || knows == Knows::OPEN_CALLS) actor.isRowFresh = actor.isOwnAttempt = 0;
    if (knows == Knows::NOTHING || knows == Knows::ROW) actor.isOwnAttempt = actor.hadOpenCall = 0;
  }
  for (int t = 0; t < TRANSFERS; t++) {
    Transfer& transfer = s.transfers[t];
    Task& task = s.tasks[t];
    if (transfer.header != REQUESTED && transfer.header != GRANTED) transfer.isLeaseOver = 0;
    if (transfer.header != NONE) transfer.isAsked = 0;
    if (!transfer.reportsLeft) transfer.isReplied = 0;
    if (task.state == ENDED) task.isEntitled = transfer.sawNoTask = 0;
    if (transfer.header == EXPIRED && !task.isEntitled) transfer.sawNoTask = transfer.isPastWait = 0;
  }
  std::sort(s.actors, s.actors + ACTORS, [](const Actor& a, const Actor& b) { return memcmp(&a, &b, sizeof a) > 0; });
}

inline void add(State state, bool isOrdinary, const std::string& label) {
  normalise(state);
  successors.push_back({state, isOrdinary, areLabelsWanted ? label : std::string()});
}

inline std::string describe(const Actor& actor) {
  std::string text = WORKER_NAMES[actor.worker];
  if (actor.worker != SWEEP) text += " of " + nameOf(actor.transfer);
  if (actor.worker == REPORT) text += " for task " + std::to_string(actor.task);
  return text + ": " + STEP_LABELS[actor.step];
}

/** One step of one actor under way: `was` is the state before, `now` becomes the state after. */
class Move {
 public:
  Move(const State& before, int index) : was(before), now(before), index(index), t(int(before.actors[index].transfer)) {}

  const State& was;
  State now;
  const int index;
  /** The transfer that is worked on. */
  const int t;

  Actor& self() { return now.actors[index]; }
  const Actor& before() const { return was.actors[index]; }
  Transfer& transfer() { return now.transfers[t]; }
  u32 header() const { return was.transfers[t].header; }
  u32 permission() const { return instance.permission[t]; }
  bool isHolder() const { return model::isHolder(was, t); }
  bool isRowFresh() const { return before().isRowFresh; }

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
  void end() { memset(&self(), 0, sizeof(Actor)); }
  void push(bool isOrdinary, const char* what) {
    std::string label;
    if (areLabelsWanted) label = describe(before()) + (*what ? std::string(": ") + what : "");
    add(now, isOrdinary, label);
  }
  /** Another outcome of the same step: nothing of the first one has happened. */
  void insteadOfThat() { now = was; }

  void wroteRow() {
    for (auto& actor : now.actors) actor.isRowFresh = 0;
    self().isRowFresh = 1;
  }
  void wroteLockItem() {
    for (auto& actor : now.actors) actor.isItemFresh = 0;
    self().isItemFresh = 1;
  }
  void setRowState(RowState state) {
    now.row.state = state;
    now.row.isAbandoned = 0;
  }
  /** Is the worker making its transfer a holder, rather than releasing it? */
  bool isHolding() const {
    const Actor& actor = before();
    const bool isGrant = actor.worker == GRANT || actor.worker == GRANT_REPEAT;
    return (isGrant && !actor.isUndoing) || (actor.worker == LEASE && actor.holdsAgain);
  }
};

}  // namespace model
