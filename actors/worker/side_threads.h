// side_threads: where user code runs that may run neither at home nor on a worker.
//
// Question: which thread calls stop callbacks, and destroys tasks that never ran?
// Zone:     away. Hears pools, says `request_stop` and `abandon` to tasks.
#pragma once

#include <exception>
#include <functional>
#include <utility>

#include "actors/ref/ref.h"

namespace offstage {

/// Threads of a pool beside its workers, started on first use.
///
/// An errand that does not return delays no other: while all threads are in one, another thread is
/// started; a single one stays when there is nothing to do.
/// @thread Any.
class side_threads {
 public:
  side_threads();
  ~side_threads();
  side_threads(const side_threads&) = delete;
  side_threads& operator=(const side_threads&) = delete;

  /// Runs an errand soon. Returns false, and has forgotten it, if there is no thread for it and
  /// none can be had.
  template <class Errand>
  [[nodiscard]] bool post(Errand&& errand) noexcept {
    try {
      take(std::forward<Errand>(errand));
      return true;
    } catch (const std::exception& refused) {
      miss(refused);
      return false;
    }
  }

 private:
  class errands;
  class side_thread;

  void take(std::function<void()> errand);
  static void miss(const std::exception& refused) noexcept;

  const ref<errands> errands_;
};

}  // namespace offstage
