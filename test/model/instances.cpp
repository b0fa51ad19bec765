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
  {
    Instance& i = add("1-silent", "one grant, asked for twice, whose client says nothing");
    i.crashes = 2;
    i.repeats = 1;
  }
  {
    Instance& i = add("2-report-race", "a report, twice, against the end of its lease, with the lock");
    i.takesLock[0] = true;
    i.reports[0] = 2;
  }
  {
    Instance& i = add("3-shared", "one rule for two grants, one reported, one silent");
    i.clients = 2;
    i.beginning = Beginning::GRANTED;
    i.reports[0] = 1;
    i.timeouts = 0;
    i.workers = 2;
    i.isLarge = true;
  }
  {
    Instance& i = add("3b-shared", "the same from nothing");
    i.clients = 2;
    i.reports[0] = 1;
    i.timeouts = 0;
    i.workers = 2;
    i.isLarge = true;
  }
  {
    Instance& i = add("4-hung-create", "a create that hangs, a crash, a second grant");
    i.clients = 2;
    i.submits[0] = i.submits[1] = false;
  }
  {
    Instance& i = add("5-settle-grant", "settling against a new grant");
    i.clients = 2;
    i.beginning = Beginning::TASK_ENDED;
    i.submits[0] = false;
    i.reports[1] = 1;
    i.isLarge = true;
  }
  {
    Instance& i = add("6-sweep-all", "two uploads with the lock, the sweep beside everything");
    i.clients = 2;
    i.beginning = Beginning::GRANTED;
    i.takesLock[0] = i.takesLock[1] = true;
    i.reports[0] = i.reports[1] = 1;
    i.timeouts = 0;
    i.workers = 2;
    i.isLarge = true;
  }
  {
    Instance& i = add("7-permissions", "holders of rw and of r on one rule");
    i.clients = 2;
    i.beginning = Beginning::GRANTED;
    i.permission[1] = READ;
    i.reports[0] = i.reports[1] = 1;
    i.crashes = 0;
    i.workers = 2;
    i.isLarge = true;
  }
  {
    Instance& i = add("8-foreign", "a rule that somebody makes by hand");
    i.foreignRules = 1;
    i.permission[0] = READ;
    i.crashes = i.timeouts = 0;
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
    Instance& i = add("9-lock", "the lock from one transfer to the next, calls that hang, somebody else's lock");
    i.clients = 2;
    i.takesLock[0] = i.takesLock[1] = true;
    i.beginning = Beginning::TASK_ENDED;
    i.submits[0] = false;
    i.reports[1] = 1;
    i.crashes = 0;
    i.foreignLocks = 1;
    i.workers = 2;
  }
  {
    Instance& i = add("10-one-task", "two grants report one task");
    i.clients = 2;
    i.submits[1] = false;
    i.reports[0] = i.reports[1] = 1;
    i.reportsOthersTask = true;
    i.crashes = i.timeouts = 0;
    i.workers = 2;
  }
  return all;
}

}  // namespace model
