#include "actors/future/observers.h"

#include <algorithm>
#include <utility>

#include "actors/log/log.h"
#include "actors/task/describe_exception.h"

namespace offstage::detail {
namespace {

// So many disconnected observers may stand in a list that has few others.
constexpr std::size_t gone_max = 8;

}  // namespace

void observer_base::disconnect() noexcept {
  auto* const list = std::exchange(list_, nullptr);
  if (list == nullptr) return;
  list->lost_one();
  if (calls_ == 0) drop_function();
}

void observer_list_base::add(ref<observer_base> added) {
  auto& one = *added;
  all_.push_back(std::move(added));
  one.list_ = this;
  one.number_ = ++last_number_;
}

observer_base* observer_list_base::next(std::uint64_t after) const noexcept {
  auto at = std::upper_bound(
      all_.begin(), all_.end(), after,
      [](std::uint64_t number, const ref<observer_base>& each) { return number < each->number_; });
  while (at != all_.end() && !(*at)->active()) ++at;
  return at == all_.end() ? nullptr : at->get();
}

void observer_list_base::lost_one() noexcept {
  // Most of them at a time, so that each costs the same however many there are. Their functions are
  // gone or about to go, so no code of the user's runs here.
  if (++gone_ < gone_max || gone_ <= all_.size() / 2) return;
  std::erase_if(all_, [](const ref<observer_base>& each) { return !each->active(); });
  gone_ = 0;
}

void observer_list_base::clear() noexcept {
  const auto dropped = std::exchange(all_, {});
  gone_ = 0;
  for (const auto& each : dropped) each->list_ = nullptr;
  // What the functions captured is destroyed now, when nothing in the list is left.
  for (const auto& each : dropped) {
    if (each->calls_ == 0) each->drop_function();
  }
}

void log_observer_threw(std::exception_ptr thrown) noexcept {
  try {
    log::line(log_room::future, log_level::error, "an observer threw; it is ignored: {}",
              describe_exception(std::move(thrown)).summary());
  } catch (...) {
    log::write(log_room::future, log_level::error, "an observer threw; it is ignored");
  }
}

}  // namespace offstage::detail
