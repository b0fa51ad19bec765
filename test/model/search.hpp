// Breadth-first search of all states, so that the first trace to a violation is a shortest one.
#pragma once
#include <map>
#include "invariants.hpp"

namespace model {

struct Options {
  size_t mostStates = 60'000'000;
  bool stopsAtFirst = false;
  bool asksForEnds = true;
};

struct Finding {
  Violation violation;
  u32 state;
  int steps;
};

struct Result {
  size_t states = 0;
  size_t cleanEnds = 0;
  double seconds = 0;
  bool isComplete = true;
  std::vector<Finding> findings;
  u32 headersReached = 0;
  bool isAnyAccepted = false;
};

Result search(const Options& options);
/** Prints the way to a state of the last search. */
void printTrace(u32 state);

}  // namespace model
