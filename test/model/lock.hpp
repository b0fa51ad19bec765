// The dataset's lock and our item that says whose it is: lock-dataset.ts.
#pragma once
#include "dataverse.hpp"

namespace model {

/** admit-task.ts lock: a transfer is followed without its lock, too. Everybody else leaves the report noted. */
inline void goWithoutLock(Move& m, bool isOrdinary, const char* what) {
  if (m.isBy(FOLLOW)) {
    m.self().step = u32(Step::writeAdmitted);
    m.self().isLockCallOpen = 0;
    if (m.before().isLockCallOpen) m.now.lock.hasLostCall = 1;
  } else {
    m.end();
  }
  m.push(isOrdinary, what);
}

/** writeLockIntent: our item decides whose lock it is, and knows of the call before it is made. */
inline void writeLockItem(Move& m) {
  DatasetLock& lock = m.now.lock;
  const u32 task = number(int(m.before().task));
  const bool isJoining = lock.owners && !(lock.owners >> m.t & 1);
  const bool isEnding = isJoining && lock.isEnding && clause.lockEnding;
  if (lock.owners && (lock.task != task || isEnding)) return goWithoutLock(m, true, "another upload's: later");
  lock.owners |= bit(m.t);
  lock.task = u16(task);
  lock.isEnding = 0;
  if (clause.lockFence) m.self().isLockCallOpen = 1;
  m.wroteLockItem();
  if (mutant.lockBeforeItem) return m.goOn(Step::writeBound);
  m.goOn(Step::lockDataset);
}

/** placeLock, the call: it may hang. */
inline void lockDataset(Move& m) {
  const u32 standing = m.was.lock.atDataverse;
  if (!m.isBy(FOLLOW) && m.transferBefore().admission == UNVERIFIED) violate(m.now, LOCKED_UNVERIFIED);
  if (standing == UNLOCKED_DATASET) m.now.lock.atDataverse = OURS;
  m.self().isLockPlaced = standing == UNLOCKED_DATASET || (standing == OURS && clause.lockLook);
  const char* what = standing == UNLOCKED_DATASET ? "locked" : standing == OURS ? "locked already, by us" : "refused";
  m.goOn(mutant.lockBeforeItem ? Step::writeLockItem : Step::settleLockCall, what);
  if (!m.hangsInstead(!m.was.lock.hasLateLock)) return;
  m.now.lock.hasLateLock = 1;
  goWithoutLock(m, false, "no answer");
}

/** settle: this call will not land any more. */
inline void settleLockCall(Move& m) {
  m.self().isLockCallOpen = 0;
  m.wroteLockItem();
  if (m.isBy(FOLLOW)) return m.goOn(Step::writeAdmitted);
  m.goOn(m.before().isLockPlaced ? Step::writeBound : Step::readLockItem, m.before().isLockPlaced ? "" : "403: undo");
}

/** What follows unlockDataset in whoever called it. */
inline void unlocked(Move& m, const char* what) {
  m.self().isLockPlaced = 0;
  m.goOn(m.isBy(SETTLE) ? Step::writeClosed : Step::undoClaim, what);
}

/** unlockDataset, the reads at the head of its loop. */
inline void readLockItem(Move& m) {
  const DatasetLock& lock = m.was.lock;
  m.self().isItemFresh = 1;
  if (!(lock.owners >> m.t & 1)) return unlocked(m, "not an owner");
  const bool isShared = lock.owners != bit(m.t);
  if (isShared && clause.joinLock) return m.goOn(Step::leaveLockItem, "one of several owners");
  const bool isStanding = clause.lockLook ? lock.atDataverse == OURS : !m.before().isLockPlaced;
  if (isStanding) return m.goOn(Step::writeUnlockIntent, "ours stands");
  if (isLockUnsettled(m.was)) return m.leave("a call may still land: later");
  m.goOn(Step::removeLockItem, "none of ours stands");
}

/** unlockDataset, where others need the lock. */
inline void leaveLockItem(Move& m) {
  if (!m.before().isItemFresh) return m.goOn(Step::readLockItem, "the item has moved");
  m.now.lock.owners &= u16(~bit(m.t));
  m.wroteLockItem();
  unlocked(m, "");
}

/** removeLocks, the write before the call. */
inline void writeUnlockIntent(Move& m) {
  if (!m.before().isItemFresh) return m.goOn(Step::readLockItem, "the item has moved");
  m.now.lock.isEnding = 1;
  if (clause.lockFence) m.self().isLockCallOpen = 1;
  m.wroteLockItem();
  m.goOn(Step::unlockDataset);
}

/** removeLocks, the call: it may hang. */
inline void unlockDataset(Move& m) {
  landUnlock(m.now, m.t);
  m.self().isLockPlaced = !clause.lockLook;
  m.goOn(Step::settleUnlockCall);
  if (!m.hangsInstead(!m.was.lock.lateUnlock)) return;
  m.now.lock.lateUnlock = number(m.t);
  m.end();
  m.push(false, "no answer");
}

/** removeLocks, settle. */
inline void settleUnlockCall(Move& m) {
  m.self().isLockCallOpen = 0;
  m.wroteLockItem();
  m.goOn(Step::readLockItem);
}

/** unlockDataset: the item goes on its version. */
inline void removeLockItem(Move& m) {
  if (!m.before().isItemFresh) return m.goOn(Step::readLockItem, "the item has moved");
  m.now.lock.owners = m.now.lock.task = m.now.lock.isEnding = m.now.lock.hasLostCall = 0;
  m.wroteLockItem();
  unlocked(m, "");
}

}  // namespace model
