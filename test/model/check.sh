#!/usr/bin/env bash
# Every instance must be clean, and every clause left out and every deliberate error must be noticed.
# `quick` leaves out the large instances.
set -u
cd "$(dirname "$0")" || exit 1
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
model=$build/model
g++ -O2 -std=c++17 -Wall -Wextra -o "$model" main.cpp search.cpp instances.cpp || exit 1
"$model" list > "$build/list"
failed=0

while read -r kind name size _; do
  [ "$kind" = instance ] || continue
  [ "$size" = large ] && [ "${1:-}" = quick ] && continue
  "$model" "$name" || failed=1
done < "$build/list"

while read -r switch rest; do
  [ "$switch" = instance ] && continue
  where=${rest#\[} && where=${where%%\]*}
  # shellcheck disable=SC2086 # one word for each instance
  "$model" "$switch" $where first no-ends limit=4000000 > "$build/out"
  if found=$(grep 'violation after' "$build/out"); then
    echo "noticed: $switch in $(grep 'kinds of' "$build/out" | cut -d' ' -f1):${found#*violation}"
  else
    echo "NOT NOTICED: $switch in $where"
    failed=1
  fi
done < "$build/list"
exit $failed
