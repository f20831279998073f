#include "actors/loop/loop.h"

#include <utility>

#include "actors/errors/errors.h"
#include "actors/loop/doorbell.h"

namespace offstage {

template <class Home>
std::shared_ptr<doorbell> loop::make_bell(Home home) {
  return std::make_shared<doorbell>(
      std::move(home), doorbell::wiring{[this] { wake(); }, [this](bool on) { keep_running(on); }});
}

loop::loop(affinity::binding how) : bell_(make_bell(how)) {}

loop::loop(affinity::inside_test inside) : bell_(make_bell(std::move(inside))) {}

void loop::keep_running(bool) noexcept {}

loop::~loop() { close(); }

void loop::call_soon(std::function<void()> function) { bell_->call_soon(std::move(function)); }

bool loop::at_home() const noexcept { return bell_->home().here(); }

void loop::set_turn_budget(time_limit budget) {
  require_home("loop::set_turn_budget");
  if (budget.none()) {
    throw invalid_options(
        "loop::set_turn_budget: expected a duration longer than nothing, found none");
  }
  bell_->set_budget(budget);
}

bool loop::dispatch(const std::function<bool()>* until) {
  // An observer may destroy the loop; its doorbell stays until the turn is over.
  auto bell = bell_;
  return bell->turn(until);
}

void loop::close() noexcept { bell_->close(); }

void loop::require_home(const char* call) const { bell_->home().require(call); }

}  // namespace offstage
