// What a report lacked when it came is made up for: look-at-task.ts and admit-task.ts.
#pragma once
#include "lock.hpp"
#include "report.hpp"

namespace model {

/** admitTask: the task is checked now that Globus answers; one that is not listed yet may be anybody's. */
inline void lookAtTask(Move& m) {
  const Transfer& transfer = m.transferBefore();
  if (transfer.header != BOUND || transfer.admission == FULL) return m.leave("nothing to do");
  m.self().task = transfer.bound - 1;
  if (transfer.admission == UNLOCKED) {
    return isTaskOver(m.was, m.t) ? m.leave("over") : m.goOn(Step::writeLockItem, "the lock is asked for again");
  }
  const bool isProven = transfer.bound != number(STRANGERS_TASK) && m.was.tasks[transfer.bound - 1].state != HIDDEN;
  if (isProven || mutant.admitUnchecked) return m.goOn(Step::claimTask, "verified");
  if (transfer.doubt != DUE && clause.twoDoubts) return m.goOn(Step::writeDoubt, "it is another one");
  m.goOn(clause.unclaim ? Step::unclaimRejected : Step::writeRejected, "it still is another one");
}

/** lookAtTask, followOn: since when it is in doubt. */
inline void writeDoubt(Move& m) {
  if (m.transferBefore().doubt == NO_MOMENT) m.transfer().doubt = TO_COME;
  m.leave();
}

/** reject: the claim goes first, so that the task's true owner may report it. */
inline void unclaimRejected(Move& m) {
  m.now.tasks[m.before().task].claim &= u8(~bit(m.t));
  m.goOn(Step::writeRejected);
}

/** settleRejected: nothing is registered; the rule goes as at every settling. */
inline void writeRejected(Move& m) {
  if (m.before().task != STRANGERS_TASK) violate(m.now, RIGHT_TURNED_AWAY);
  m.transfer().header = mutant.rejectedForgotten ? CLOSED : SETTLING;
  m.transfer().isRejected = 1;
  m.leave();
}

/** lookAtTask, the write after admitTask. */
inline void writeAdmitted(Move& m) {
  if (m.before().task == STRANGERS_TASK) violate(m.now, WRONG_ADMITTED);
  m.transfer().admission = m.before().isLockPlaced ? FULL : UNLOCKED;
  m.transfer().doubt = NO_MOMENT;
  m.leave(m.before().isLockPlaced ? "FULL" : "UNLOCKED");
}

}  // namespace model
