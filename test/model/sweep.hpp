// The sweep of one row: sweep-rule-row.ts.
#pragma once
#include "globus.hpp"

namespace model {

/** sweep-rule-row.ts sweepRuleRow: what its worker has left is finished. */
inline void sweepRow(Move& m) {
  m.self().isRowFresh = 1;
  if (m.was.row.state == DELETING) return startDeleting(m, "DELETING");
  if (m.was.row.state != UPDATING || !m.was.row.isAbandoned) return m.leave("nothing to do");
  m.self().ruleId = m.was.row.ruleId;
  m.self().permission = wanted(m.was.row);
  m.goOn(Step::lowerRule, "UPDATING is abandoned");
}

}  // namespace model
