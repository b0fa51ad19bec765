// What a state of the world holds. Fields are as narrow as they may be: the search keeps millions of states.
#pragma once
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace model {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;

constexpr int TRANSFERS = 3;
/** Task k is the one that the client of transfer k submits. */
constexpr int TASKS = 3;
/** Workers alive at one time. */
constexpr int ACTORS = 3;
constexpr u32 NO_RULE = 0;
constexpr u32 RULE_IDS = 8;

enum Permission : u32 { NOTHING, READ, READ_WRITE };

enum Header : u32 { NONE, REQUESTED, GRANTED, OBSERVED, EXPIRING, BOUND, SETTLING, CLOSED, EXPIRED };
inline const char* const HEADER_NAMES[] = {"none",  "REQUESTED", "GRANTED", "OBSERVED", "EXPIRING",
                                           "BOUND", "SETTLING",  "CLOSED",  "EXPIRED"};

enum RowState : u32 { ABSENT, CREATING, PRESENT, UPDATING, DELETING };
inline const char* const ROW_NAMES[] = {"absent", "CREATING", "PRESENT", "UPDATING", "DELETING"};

/** Hidden: live, and not in any list yet. */
enum TaskState : u32 { UNSUBMITTED, HIDDEN, LISTED, ENDED };

/** Empty, in the future, or passed and not emptied yet. */
enum UnsettledUntil : u32 { EMPTY, AHEAD, PASSED };

/** A transfer's number, from 1: 0 is nobody. */
constexpr u32 owner(int transfer) { return u32(transfer) + 1; }
constexpr u32 SOMEBODY_ELSE = 7;

struct Globus {
  u32 rule : 3;
  u32 permission : 2;
  u32 foreignIds : 8;
  // Calls whose caller does not wait for them any more: each may land at any later moment, or never.
  u32 lateCreate0 : 2;
  u32 lateCreate1 : 2;
  u32 lateDeletes : 8;
  u32 lateUpdateRule : 3;
  u32 lateUpdatePermission : 2;
};

/** The row of `access-rules`. Its version is a bit in each actor: "the row is as I last read or wrote it". */
struct Row {
  u32 state : 3;
  u32 ruleId : 3;
  u32 proven : 2;
  u32 holders : 4;
  u32 foreignId : 3;
  u32 unsettled : 2;
  u32 isAbandoned : 1;
  u32 lastHolder : 3;
};

struct Transfer {
  u32 header : 4;
  u32 isAsked : 1;
  u32 isLeaseOver : 1;
  u32 isReplied : 1;
  u32 isAccepted : 1;
  u32 sawNoTask : 1;
  u32 isPastWait : 1;
  u32 report : 2;
  u32 bound : 2;
  u32 reportsLeft : 2;
};

struct Task {
  u8 state : 2;
  u8 isEntitled : 1;
  u8 claim : 3;
};

struct DatasetLock {
  u16 item : 3;
  u16 isUnsettled : 1;
  u16 atDataverse : 3;
  u16 lateLock : 3;
  u16 lateUnlock : 3;
};

/** What may still happen that nobody has to do. */
struct Budget {
  u16 crashes : 2;
  u16 timeouts : 2;
  u16 foreignRules : 2;
  u16 foreignLocks : 2;
  u16 repeats : 2;
};

enum Worker : u32 { IDLE, GRANT, GRANT_REPEAT, REPORT, LEASE, SETTLE, SWEEP };
inline const char* const WORKER_NAMES[] = {"-", "grant", "grant again", "report", "lease", "settle", "sweep"};

/** Somebody at work: a handler, a step of the workflow, or the sweep. */
struct Actor {
  u32 worker : 3;
  u32 step : 6;
  u32 transfer : 2;
  u32 task : 2;
  /** The row is as it was last read or written here. */
  u32 isRowFresh : 1;
  /** The row's attempt is this one's. */
  u32 isOwnAttempt : 1;
  /** An earlier call was open when this one's began. */
  u32 hadOpenCall : 1;
  u32 holdsAgain : 1;
  u32 isUndoing : 1;
  u32 isLockPlaced : 1;
  u32 isItemFresh : 1;
  u32 ruleId : 3;
  u32 foreignId : 3;
  u32 permission : 2;
};

struct State {
  Globus globus;
  Row row;
  Transfer transfers[TRANSFERS];
  Actor actors[ACTORS];
  DatasetLock lock;
  Budget budget;
  Task tasks[TASKS];
  u8 violation;
};
static_assert(std::is_trivially_copyable_v<State> && sizeof(State) % 4 == 0);

inline bool isSame(const State& a, const State& b) { return !memcmp(&a, &b, sizeof(State)); }
inline bool isLive(u32 task) { return task == HIDDEN || task == LISTED; }
inline bool isFinal(u32 header) { return header == CLOSED || header == EXPIRED || header == NONE; }
inline bool isHolder(const State& s, int t) { return s.row.holders >> t & 1; }
inline bool isForeign(const State& s, u32 ruleId) { return ruleId && (s.globus.foreignIds >> ruleId & 1); }
inline bool usesForeignRule(const Row& row) { return row.ruleId == row.foreignId; }

}  // namespace model
