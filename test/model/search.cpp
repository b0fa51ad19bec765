#include "search.hpp"
#include <chrono>
#include <deque>

namespace model {
namespace {

constexpr u32 NOWHERE = ~0u;

/** All states met so far, each with the one it was first reached from. */
class Store {
 public:
  void clear() {
    states_ = {};
    parents_ = {};
    table_.assign(size_t(1) << 20, NOWHERE);
  }
  size_t size() const { return states_.size(); }
  const State& operator[](u32 i) const { return states_[i]; }
  u32 parent(u32 i) const { return parents_[i]; }
  u32 intern(const State& s, u32 from) {
    const u64 mask = table_.size() - 1;
    u64 slot = hash(s) & mask;
    for (; table_[slot] != NOWHERE; slot = (slot + 1) & mask) {
      if (isSame(states_[table_[slot]], s)) return table_[slot];
    }
    const u32 index = u32(states_.size());
    table_[slot] = index;
    states_.push_back(s);
    parents_.push_back(from);
    if (states_.size() * 2 > mask) grow();
    return index;
  }

 private:
  static u64 hash(const State& s) {
    u32 words[sizeof(State) / 4];
    memcpy(words, &s, sizeof words);
    u64 h = 0x243F6A8885A308D3ull;
    for (const u32 word : words) h = ((h ^ word) * 0x9E3779B97F4A7C15ull) ^ (h >> 32);
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9ull;
    return h ^ (h >> 32);
  }
  void grow() {
    std::vector<u32> bigger(table_.size() * 2, NOWHERE);
    const u64 mask = bigger.size() - 1;
    for (u32 i = 0; i < states_.size(); i++) {
      u64 slot = hash(states_[i]) & mask;
      while (bigger[slot] != NOWHERE) slot = (slot + 1) & mask;
      bigger[slot] = i;
    }
    table_.swap(bigger);
  }

  std::deque<State> states_;
  std::vector<u32> parents_;
  std::vector<u32> table_;
};

Store store;

State beginning() {
  State s;
  memset(&s, 0, sizeof s);
  s.budget.crashes = u16(instance.crashes);
  s.budget.timeouts = u16(instance.timeouts);
  s.budget.refusals = u16(instance.refusals);
  s.budget.outages = u16(instance.outages);
  s.budget.foreignRules = u16(instance.foreignRules);
  s.budget.foreignLocks = u16(instance.foreignLocks);
  s.budget.repeats = u16(instance.repeats);
  for (int t = 0; t < instance.clients; t++) s.transfers[t].reportsLeft = u32(instance.reports[t]);
  if (instance.reportsStrangersTask) s.tasks[STRANGERS_TASK].state = LISTED;
  if (instance.beginning == Beginning::NOTHING) return s;
  if (instance.beginning == Beginning::LET_GO) {
    s.transfers[0].header = EXPIRING;
    s.transfers[0].secondLook = DUE;
    s.transfers[1].header = EXPIRED;
    s.tasks[0].state = LISTED;
    s.tasks[0].isEntitled = 1;
    return s;
  }
  s.globus.rule = s.row.ruleId = 1;
  s.globus.permission = s.row.proven = instance.permission[0];
  s.row.state = PRESENT;
  s.row.holders = 1;
  Transfer& first = s.transfers[0];
  first.header = GRANTED;
  first.isReplied = 1;
  if (instance.beginning == Beginning::GRANTED) return s;
  if (instance.beginning == Beginning::BOTH_GRANTED) {
    s.row.holders = bit(0) | bit(1);
    s.transfers[1].header = GRANTED;
    s.transfers[1].isReplied = 1;
    return s;
  }
  first.header = BOUND;
  first.bound = 1;
  first.isAccepted = first.isAsked = first.isLeaseOver = 1;
  s.tasks[0].state = ENDED;
  s.tasks[0].claim = bit(0);
  if (!instance.takesLock) return s;
  s.lock.atDataverse = OURS;
  s.lock.owners = bit(0);
  s.lock.task = number(0);
  return s;
}

int stepsTo(u32 state) {
  int steps = 0;
  for (u32 i = state; i != 0; i = store.parent(i)) steps++;
  return steps;
}

/** States from which ordinary moves lead to none of the ends given. */
class Liveness {
 public:
  void note(u32 from, u32 to) { edges_.push_back({from, to}); }
  /** The first state that cannot reach an end; NOWHERE when each can. */
  u32 firstStuck(size_t states, std::vector<u32> ends) const {
    std::vector<u32> start(states + 2, 0);
    for (const auto& edge : edges_) start[edge.to + 1]++;
    for (size_t i = 1; i < start.size(); i++) start[i] += start[i - 1];
    std::vector<u32> next(start);
    std::vector<u32> from(edges_.size());
    for (const auto& edge : edges_) from[next[edge.to]++] = edge.from;
    std::vector<bool> isFine(states, false);
    for (const u32 end : ends) isFine[end] = true;
    for (size_t i = 0; i < ends.size(); i++) {
      for (u32 e = start[ends[i]]; e < start[ends[i] + 1]; e++) {
        if (isFine[from[e]]) continue;
        isFine[from[e]] = true;
        ends.push_back(from[e]);
      }
    }
    for (u32 i = 0; i < states; i++) if (!isFine[i]) return i;
    return NOWHERE;
  }

 private:
  struct Edge {
    u32 from;
    u32 to;
  };
  std::vector<Edge> edges_;
};

std::string membersOf(u32 members) {
  std::string text;
  for (int t = 0; t < TRANSFERS; t++) if (members >> t & 1) text += (text.empty() ? "" : "+") + nameOf(t);
  return text.empty() ? "nobody" : text;
}

std::string show(const State& s) {
  constexpr const char* TASK_NAMES[] = {"", "unlisted", "listed", "ended"};
  std::string text = "[rule ";
  text += s.globus.rule ? std::to_string(s.globus.rule) + (s.globus.permission == READ ? "r" : "rw") : "-";
  text += std::string(" row ") + ROW_NAMES[s.row.state];
  if (s.row.state) text += " id " + std::to_string(s.row.ruleId) + " of " + membersOf(s.row.holders);
  if (s.row.unsettled) text += s.row.unsettled == AHEAD ? " unsettled" : " settled";
  for (int t = 0; t < TRANSFERS; t++) {
    if (!s.transfers[t].header) continue;
    text += " " + nameOf(t) + "=" + HEADER_NAMES[s.transfers[t].header] + ADMISSION_NAMES[s.transfers[t].admission];
  }
  for (int k = 0; k < MOST_CLIENTS; k++) {
    if (s.tasks[k].state) text += " k" + std::to_string(k) + " " + TASK_NAMES[s.tasks[k].state];
    if (s.tasks[k].claim) text += " of " + membersOf(s.tasks[k].claim);
  }
  if (s.lock.owners) text += " item of " + membersOf(s.lock.owners);
  if (s.lock.atDataverse) text += s.lock.atDataverse == OURS ? " locked" : " locked by somebody else";
  return text + "]";
}

}  // namespace

Result search(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  Result result;
  std::map<Violation, u32> found;
  std::vector<u32> ends;
  Liveness liveness;
  store.clear();
  store.intern(beginning(), NOWHERE);
  for (u32 i = 0; i < store.size(); i++) {
    const State current = store[i];
    Violation violation = Violation(current.violation);
    findSuccessors(current);
    bool isEnd = true;
    for (const auto& next : successors) {
      if (next.isOrdinary && !isSame(next.state, current)) isEnd = false;
    }
    if (isEnd && !violation) violation = judgeEnd(current);
    // Also a state with a violation counts as an end: those before it are not to be told again.
    if (isEnd) ends.push_back(i);
    if (isEnd && !violation) result.cleanEnds++;
    if (violation && found.emplace(violation, i).second && options.stopsAtFirst) break;
    for (const auto& next : successors) {
      const u32 index = store.intern(next.state, i);
      if (options.asksForEnds && next.isOrdinary) liveness.note(i, index);
    }
    if (store.size() > options.mostStates) {
      result.isComplete = false;
      break;
    }
  }
  const bool isWhole = result.isComplete && !(options.stopsAtFirst && !found.empty());
  if (options.asksForEnds && isWhole) {
    const u32 stuck = liveness.firstStuck(store.size(), ends);
    if (stuck != NOWHERE) found.emplace(STUCK, stuck);
  }
  result.states = store.size();
  for (u32 i = 0; i < store.size(); i++) {
    for (const auto& transfer : store[i].transfers) {
      result.headersReached |= 1u << transfer.header;
      result.isAnyAccepted |= transfer.isAccepted;
    }
  }
  for (const auto& [violation, state] : found) result.findings.push_back({violation, state, stepsTo(state)});
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

void printTrace(u32 state) {
  std::vector<u32> path;
  for (u32 i = state; i != NOWHERE; i = store.parent(i)) path.push_back(i);
  std::reverse(path.begin(), path.end());
  areLabelsWanted = true;
  for (size_t step = 1; step < path.size(); step++) {
    findSuccessors(store[path[step - 1]]);
    for (const auto& next : successors) {
      if (!isSame(next.state, store[path[step]])) continue;
      printf("  %3zu %-72s %s\n", step, next.label.c_str(), show(next.state).c_str());
      break;
    }
  }
  areLabelsWanted = false;
}

}  // namespace model
