#include "actors/kinds/steps_reporter.h"

#include <utility>

#include "actors/errors/errors.h"

namespace offstage {

void steps_reporter::step(std::string message, std::uint64_t size) {
  report(std::move(message), size);
}

void steps_reporter::stop(std::string message) { report(std::move(message), 0); }

void steps_reporter::set_total(std::uint64_t total) {
  check();
  state_.total = total;
  send();
}

void steps_reporter::check() const {
  if (is_cancelled()) throw task_cancelled("the task was cancelled");
}

void steps_reporter::report(std::string message, std::uint64_t pending) {
  check();
  state_.complete += pending_;
  state_.message = std::move(message);
  pending_ = pending;
  send();
}

void steps_reporter::send() {
  if (!do_report(state_)) throw task_cancelled("the task was cancelled");
}

}  // namespace offstage
