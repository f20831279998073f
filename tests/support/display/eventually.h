// eventually: a condition that becomes true, waited for.
//
// Question: did it happen before a person would have given up?
// Zone:     home.
#pragma once

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include "tests/contract/guard.h"

namespace offstage::display {

/// What was looked at is no longer there: a window that closed, a row that was removed.
class gone : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What was waited for did not come. The outputs of the test then have a picture of the screen and
/// the accessibility tree as they were.
class never_came : public std::runtime_error {
 public:
  explicit never_came(const std::string& what);
};

/// Returns when the display has news (a window opened, closed, changed its title) or the time is
/// over.
/// @thread the test's
void wait_for_display(std::chrono::milliseconds limit);

/// Looks until `condition()` is true; a condition that throws `gone` is not true yet.
/// @returns whether it became true within the limit
/// @thread the test's
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = contract::guard) {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + limit;
  // What was just done is often seen at once; who looks all the time disturbs the program.
  for (milliseconds pause{2};; pause = std::min(2 * pause, milliseconds{64})) {
    try {
      if (condition()) return true;
    } catch (const gone&) {
    }
    if (steady_clock::now() >= end) return false;
    wait_for_display(pause);
  }
}

/// The same for something a test cannot go on without.
/// @errors throws `never_came`, saying `what`
template <class Condition>
void await(const std::string& what, Condition condition,
           std::chrono::milliseconds limit = contract::guard) {
  if (!eventually(std::move(condition), limit)) throw never_came{what};
}

}  // namespace offstage::display
