// Searches the instances named on the command line, or all of them.
#include "search.hpp"

using namespace model;

namespace {

constexpr char USAGE[] =
    "usage: model [<instance>...] [without=<clause>] [mutant=<name>] [first] [trace] [no-ends] [limit=<states>]\n"
    "       model quick      all instances of less than about two million states\n"
    "       model list       instances and switches\n"
    "first: stop at the first violation; trace: print the way to each; no-ends: do not ask whether a clean end can be\n"
    "reached from everywhere\n"
    "status: 0 all clean, 1 a violation or a limit, 2 a word that is not known\n";

bool set(const std::string& argument) {
#define X(name, about, instances) \
  if (argument == "without=" #name) return clause.name = false, true;
  MODEL_CLAUSES(X)
#undef X
#define X(name, about, instances) \
  if (argument == "mutant=" #name) return mutant.name = true;
  MODEL_MUTANTS(X)
#undef X
  return false;
}

bool isNamed(const Instance& each, const std::string& argument) {
  return argument == each.name || argument == each.name.substr(0, each.name.find('-'));
}

void list() {
  for (const auto& each : instances()) {
    printf("instance %s %s %s\n", each.name.c_str(), each.isLarge ? "large" : "quick", each.about.c_str());
  }
#define X(name, about, instances) printf("without=%s [%s] %s\n", #name, instances, about);
  MODEL_CLAUSES(X)
#undef X
#define X(name, about, instances) printf("mutant=%s [%s] %s\n", #name, instances, about);
  MODEL_MUTANTS(X)
#undef X
}

bool isClean(const Instance& each, const Options& options, bool isTraced) {
  instance = each;
  const Result result = search(options);
  printf("%-16s %10zu states %6.1f s ", each.name.c_str(), result.states, result.seconds);
  if (!result.isComplete) printf("(limit reached) ");
  if (result.findings.empty()) {
    printf("%s", result.isComplete ? "clean" : "nothing found so far");
    if (result.isComplete) printf("; %zu clean ends; reached", result.cleanEnds);
    for (u32 header = REQUESTED; header <= REFUSED; header++) {
      if (result.isComplete && (result.headersReached >> header & 1)) printf(" %s", HEADER_NAMES[header]);
    }
    printf("%s\n", result.isComplete && result.isAnyAccepted ? ", 200" : "");
  } else {
    printf("%zu kinds of violation\n", result.findings.size());
  }
  for (const auto& finding : result.findings) {
    printf("  violation after %d steps: %s\n", finding.steps, VIOLATION_SENTENCES[finding.violation]);
    if (isTraced) printTrace(finding.state);
  }
  fflush(stdout);
  return result.findings.empty() && result.isComplete;
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  bool isTraced = false;
  bool isQuick = false;
  std::vector<std::string> names;
  const auto all = instances();
  for (int i = 1; i < count; i++) {
    const std::string argument = arguments[i];
    const auto isThis = [&](const Instance& each) { return isNamed(each, argument); };
    if (argument == "list") return list(), 0;
    if (argument == "trace") isTraced = true;
    else if (argument == "quick") isQuick = true;
    else if (argument == "first") options.stopsAtFirst = true;
    else if (argument == "no-ends") options.asksForEnds = false;
    else if (argument.rfind("limit=", 0) == 0) options.mostStates = std::stoull(argument.substr(6));
    else if (std::any_of(all.begin(), all.end(), isThis)) names.push_back(argument);
    else if (!set(argument)) return fprintf(stderr, "unknown: %s\n%s", argument.c_str(), USAGE), 2;
  }
  bool areAllClean = true;
  for (const auto& each : all) {
    const auto isAsked = [&](const std::string& name) { return isNamed(each, name); };
    const bool isLeftOut = names.empty() ? isQuick && each.isLarge : std::none_of(names.begin(), names.end(), isAsked);
    if (isLeftOut || isClean(each, options, isTraced)) continue;
    areAllClean = false;
    if (options.stopsAtFirst) break;
  }
  return areAllClean ? 0 : 1;
}
