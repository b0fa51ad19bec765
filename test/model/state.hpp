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

/** Clients are the first ones; the others are made for tasks that nobody reported. */
constexpr int TRANSFERS = 4;
constexpr int MOST_CLIENTS = 2;
/** Task k is the one that the client of transfer k submits; the last is of another principal. */
constexpr int TASKS = 3;
constexpr int STRANGERS_TASK = 2;
/** Workers alive at one time. */
constexpr int ACTORS = 3;
constexpr u32 NO_RULE = 0;
constexpr u32 RULE_IDS = 8;

enum Permission : u32 { NOTHING, READ, READ_WRITE };

/** FOLLOWING differs from BOUND by nothing that matters here. */
enum Header : u32 { NONE, REQUESTED, GRANTED, OBSERVED, EXPIRING, BOUND, SETTLING, CLOSED, EXPIRED, REFUSED };
inline const char* const HEADER_NAMES[] = {"none",     "REQUESTED", "GRANTED", "OBSERVED", "EXPIRING",
                                           "BOUND",    "SETTLING",  "CLOSED",  "EXPIRED",  "REFUSED"};
inline bool isFinal(u32 header) { return header == NONE || header >= CLOSED; }
inline bool isWaitingForReport(u32 header) { return header == GRANTED || header == OBSERVED; }
inline bool wasBound(u32 header) { return header == BOUND || header == SETTLING || header == CLOSED; }

enum RowState : u32 { ABSENT, CREATING, PRESENT, UPDATING, DELETING };
inline const char* const ROW_NAMES[] = {"absent", "CREATING", "PRESENT", "UPDATING", "DELETING"};

/** Hidden: live, and not in any list yet. */
enum TaskState : u32 { UNSUBMITTED, HIDDEN, LISTED, ENDED };

/** Empty, in the future, or passed and not emptied yet. */
enum UnsettledUntil : u32 { EMPTY, AHEAD, PASSED };

/** A moment ten seconds from something: none, still to come, or there. */
enum Moment : u32 { NO_MOMENT, TO_COME, DUE };

enum Admission : u32 { FULL, UNVERIFIED, UNLOCKED };
inline const char* const ADMISSION_NAMES[] = {"", " unverified", " unlocked"};

/** Whose lock stands at Dataverse. */
enum DataverseLock : u32 { UNLOCKED_DATASET, OURS, SOMEBODY_ELSES };

/** How a release ended, as releaseRule of release-rule.ts says it. */
enum Outcome : u32 { NO_OUTCOME, GONE, HELD_BY_OTHERS, PENDING };

/** A transfer's or a task's number, from 1: 0 is none. */
constexpr u32 number(int index) { return u32(index) + 1; }
constexpr u32 bit(int index) { return 1u << index; }

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
  /** For the invariants: who turned it to DELETING, and which tasks a look at this version would have shown. */
  u32 lastHolder : 3;
  u32 listedTasks : 2;
};

struct Transfer {
  u32 header : 4;
  u32 isAsked : 1;
  u32 isLeaseOver : 1;
  u32 isReplied : 1;
  u32 isAccepted : 1;
  u32 report : 2;
  u32 bound : 2;
  u32 admission : 2;
  /** Since when its unverified report is in doubt. */
  u32 doubt : 2;
  u32 isRejected : 1;
  u32 isReleased : 1;
  u32 secondLook : 2;
  /** Tasks that were live and unlisted at the release: by the second look they are listed. */
  u32 hiddenThen : 2;
  /** The transfer it has made for unreported tasks; there, who has made it. */
  u32 observedAs : 3;
  u32 observedBy : 2;
  u32 reportsLeft : 2;
};

struct Task {
  u8 state : 2;
  /** Submitted under a rule of ours. */
  u8 isEntitled : 1;
  /** The transfers that it is claimed for. */
  u8 claim : 4;
};

/** The dataset's lock item, and the lock itself. */
struct DatasetLock {
  u16 owners : 4;
  u16 task : 2;
  u16 isEnding : 1;
  /** A call that nobody waits for any more may still land. */
  u16 hasLostCall : 1;
  u16 atDataverse : 2;
  u16 hasLateLock : 1;
  u16 lateUnlock : 3;
};

/** What may still happen that nobody has to do. */
struct Budget {
  u16 crashes : 2;
  u16 timeouts : 2;
  u16 refusals : 1;
  u16 outages : 2;
  u16 foreignRules : 1;
  u16 foreignLocks : 1;
  u16 repeats : 1;
};

enum Worker : u32 { IDLE, GRANT, GRANT_REPEAT, REPORT, LEASE, FOLLOW, SETTLE, SWEEP };
inline const char* const WORKER_NAMES[] = {"-",     "grant",  "repeated grant", "report",
                                           "lease", "follow", "settling",       "sweep"};

/** Somebody at work: a handler, a step of the workflow, or the sweep. */
struct Actor {
  u32 worker : 3;
  u32 step : 7;
  u32 transfer : 2;
  /** For whom the rule is held: the transfer, or the one that it makes for unreported tasks. */
  u32 holder : 2;
  u32 task : 2;
  u32 ruleId : 3;
  u32 foreignId : 3;
  u32 permission : 2;
  u32 outcome : 2;
  /** The row is as it was last read or written here. */
  u32 isRowFresh : 1;
  /** The row's attempt is this one's, or the one that was read. */
  u32 isOwnAttempt : 1;
  /** An earlier create call was open when this one's began. */
  u32 hadOpenCall : 1;
  /** The row's passing state is this worker's own doing. */
  u32 isMine : 1;
  u32 isUndoing : 1;
  /** The rule is held again, for a live task. */
  u32 isObserving : 1;
  /** The look of this run is the second one. */
  u32 isSecondLook : 1;
  u32 hasLooked : 1;
  u32 hadRule : 1;
  /** For the invariants: the last look showed no live task. */
  u32 sawNoTask : 1;
  u32 isUnverified : 1;
  u32 isLockPlaced : 1;
  u32 isItemFresh : 1;
  u32 isLockCallOpen : 1;
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
inline bool isHolder(const State& s, int t) { return s.row.holders >> t & 1; }
inline bool isForeign(const State& s, u32 ruleId) { return ruleId && (s.globus.foreignIds >> ruleId & 1); }
inline bool isTaskOver(const State& s, int t) {
  const u32 bound = s.transfers[t].bound;
  return bound && s.tasks[bound - 1].state == ENDED;
}

/** domain/access-rule.ts usesForeignRule. */
inline bool usesForeignRule(const Row& row) { return row.ruleId && row.ruleId == row.foreignId; }
/** domain/access-rule.ts mayHaveRule. */
inline bool mayHaveRule(const Row& row) { return !usesForeignRule(row) && (row.ruleId || row.unsettled != EMPTY); }

}  // namespace model
