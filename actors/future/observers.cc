#include "actors/future/observers.h"

#include "actors/log/log.h"
#include "actors/task/describe_exception.h"

namespace offstage::detail {

void log_observer_threw(std::exception_ptr thrown) noexcept {
  try {
    log::line(log_room::future, log_level::error, "an observer threw; it is ignored: {}",
              describe_exception(std::move(thrown)).summary());
  } catch (...) {
    log::write(log_room::future, log_level::error, "an observer threw; it is ignored");
  }
}

}  // namespace offstage::detail
