#include "instance.hpp"

namespace model {

std::vector<Instance> instances() {
  std::vector<Instance> all;
  const auto add = [&](const char* name, const char* about) -> Instance& {
    all.push_back({});
    all.back().name = name;
    all.back().about = about;
    return all.back();
  };
  /** The instance that was added last, with changes. */
  const auto again = [&](const char* name, const char* about) -> Instance& {
    all.push_back(all.back());
    all.back().name = name;
    all.back().about = about;
    return all.back();
  };
  {
    Instance& i = add("1-silent", "one grant, asked for twice, whose client says nothing");
    i.repeats = 1;
    Instance& more = again("1b-silent", "the same with a second crash");
    more.crashes = 2;
    more.isLarge = true;
  }
  {
    Instance& i = add("2-report-race", "a report, twice, against the end of its lease, with the lock");
    i.takesLock = true;
    i.reports[0] = 2;
  }
  {
    Instance& i = add("3-shared", "one rule for two grants, one reported, one silent");
    i.clients = 2;
    i.beginning = Beginning::GRANTED;
    i.reports[0] = 1;
    i.timeouts = i.crashes = 0;
    i.workers = 2;
    i.pace = Pace::PROMPT;
    Instance& more = again("3b-shared", "the same with a crash");
    more.crashes = 1;
    more.pace = Pace::ALIVE;
    more.isLarge = true;
  }
  {
    Instance& i = add("4-hung-create", "a create that hangs, a second grant");
    i.clients = 2;
    i.submits[0] = i.submits[1] = false;
    i.crashes = 0;
    i.workers = 2;
    Instance& more = again("4b-hung-create", "the same with a crash");
    more.crashes = 1;
    more.isLarge = true;
  }
  {
    Instance& i = add("5-settle-grant", "settling against a new grant");
    i.clients = 2;
    i.beginning = Beginning::TASK_ENDED;
    i.submits[0] = false;
    i.reports[1] = 1;
    i.crashes = 0;
    i.timeouts = 0;
    i.workers = 2;
    Instance& more = again("5b-settle-grant", "settling against a silent grant, with a call that hangs");
    more.reports[1] = 0;
    more.timeouts = 1;
    more.isLarge = true;
  }
  {
    Instance& i = add("6-two-uploads", "two uploads with the lock, everything beside everything");
    i.clients = 2;
    i.beginning = Beginning::BOTH_GRANTED;
    i.takesLock = true;
    i.reports[0] = i.reports[1] = 1;
    i.crashes = i.timeouts = 0;
    i.workers = 2;
    i.pace = Pace::PROMPT;
    Instance& more = again("6b-two-uploads", "one upload beside a silent grant, with a crash");
    more.crashes = 1;
    more.submits[1] = false;
    more.reports[1] = 0;
    more.pace = Pace::ANY;
    more.isLarge = true;
  }
  {
    Instance& i = add("7-permissions", "holders of rw and of r on one rule");
    i.clients = 2;
    i.beginning = Beginning::GRANTED;
    i.permission[1] = READ;
    i.reports[0] = i.reports[1] = 1;
    i.crashes = i.timeouts = 0;
    i.workers = 2;
    i.pace = Pace::PROMPT;
    Instance& more = again("7b-permissions", "the same with a call that hangs, the r one silent");
    more.reports[1] = 0;
    more.timeouts = 1;
    more.pace = Pace::ALIVE;
    more.isLarge = true;
  }
  {
    Instance& i = add("8-foreign", "a rule that somebody makes by hand");
    i.foreignRules = 1;
    i.permission[0] = READ;
    i.crashes = i.timeouts = 0;
    i.pace = Pace::PROMPT;
  }
  {
    Instance& i = add("8b-foreign", "the same with faults");
    i.foreignRules = 1;
    i.permission[0] = READ;
  }
  {
    Instance& i = add("8c-foreign-r", "somebody's r where rw is needed");
    i.foreignRules = 1;
    i.timeouts = 0;
  }
  {
    Instance& i = add("9-lock", "the lock from one upload to the next, lock calls that hang, somebody else's lock");
    i.clients = 2;
    i.takesLock = true;
    i.beginning = Beginning::TASK_ENDED;
    i.submits[0] = false;
    i.reports[1] = 1;
    i.crashes = 0;
    i.foreignLocks = 1;
    i.workers = 2;
    i.pace = Pace::PROMPT;
    i.onlyLocksHang = true;
  }
  {
    Instance& i = add("10-one-task", "grants of two users report one task");
    i.clients = 2;
    i.submits[1] = false;
    i.beginning = Beginning::BOTH_GRANTED;
    i.reports[0] = i.reports[1] = 1;
    i.reportsOthersTask = true;
    i.crashes = i.timeouts = 0;
    i.workers = 2;
  }
  {
    Instance& i = add("11-unreported", "an upload settles while the other client's task is never reported");
    i.clients = 2;
    i.beginning = Beginning::TASK_ENDED;
    i.submits[0] = false;
    i.crashes = i.timeouts = 0;
    i.workers = 2;
    Instance& more = again("11b-unreported", "the same with a crash");
    more.crashes = 1;
    more.isLarge = true;
  }
  {
    Instance& i = add("12-refused", "the same beside a grant that fails on a full collection");
    i.clients = 2;
    i.beginning = Beginning::TASK_ENDED;
    i.submits[0] = false;
    i.refusals = 1;
    i.crashes = i.timeouts = 0;
    i.workers = 2;
    Instance& more = again("12b-refused", "the same with a crash, at the end of a lease");
    more.beginning = Beginning::GRANTED;
    more.submits[0] = true;
    more.submits[1] = false;
    more.crashes = 1;
    more.isLarge = true;
  }
  {
    Instance& i = add("13-shared-task", "two grants of one user report one task, with the lock");
    i.clients = 2;
    i.submits[1] = false;
    i.takesLock = true;
    i.reports[0] = i.reports[1] = 1;
    i.reportsOthersTask = i.sharesTasks = true;
    i.beginning = Beginning::BOTH_GRANTED;
    i.crashes = 0;
    i.workers = 2;
    i.pace = Pace::PROMPT;
    i.onlyLocksHang = true;
    Instance& more = again("13b-shared-task", "the same with a crash");
    more.crashes = 1;
    more.timeouts = 0;
    more.pace = Pace::ANY;
    more.onlyLocksHang = false;
    more.isLarge = true;
  }
  {
    Instance& i = add("14-unverified", "reports of the right and of a wrong task while Globus is down, with the lock");
    i.takesLock = true;
    i.beginning = Beginning::GRANTED;
    i.reports[0] = 2;
    i.reportsStrangersTask = true;
    i.outages = 2;
    i.crashes = i.timeouts = 0;
    i.foreignLocks = 1;
    i.workers = 2;
    Instance& more = again("14b-unverified", "the same with a crash");
    more.crashes = 1;
    more.isLarge = true;
  }
  {
    Instance& i = add("15-unverified-two", "a wrong report taken on trust beside another user's grant and task");
    i.clients = 2;
    i.beginning = Beginning::BOTH_GRANTED;
    i.reports[0] = i.reports[1] = 1;
    i.reportsOthersTask = true;
    i.submits[0] = false;
    i.outages = 1;
    i.crashes = i.timeouts = 0;
    i.workers = 2;
  }
  {
    Instance& i = add("16-restored", "a lease gives the rule back to a task that was listed late");
    i.clients = 2;
    i.beginning = Beginning::LET_GO;
    i.timeouts = 0;
    i.workers = 2;
  }
  return all;
}

}  // namespace model
