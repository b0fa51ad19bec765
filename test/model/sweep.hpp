// The sweep of one row: sweep-rule-row.ts and release-spent-row.ts. A row that is still held is finished by hold.hpp.
#pragma once
#include "globus.hpp"
#include "release.hpp"

namespace model {

/** release-spent-row.ts finishAbandonedDeletion. */
inline void sweepDeletingRow(Move& m) {
  m.self().isRowFresh = 1;
  if (m.was.row.state != DELETING || !m.was.row.isAbandoned) return m.leave("nothing to do");
  m.self().ruleId = m.was.row.ruleId;
  m.self().foreignId = m.was.row.foreignId;
  if (!mayHaveRule(m.was.row)) return deleteAsRead(m, "DELETING, without a rule of ours");
  m.goOn(Step::lookBeforeFinishing, "DELETING is abandoned");
}

/** release-spent-row.ts mayBeNeeded, findLiveTasksOfRow: then it is looked at again later. */
inline void lookBeforeFinishing(Move& m) {
  if (isAnyTaskListed(m.was)) return m.leave("a live task: kept");
  deleteAsRead(m, "none");
}

}  // namespace model
