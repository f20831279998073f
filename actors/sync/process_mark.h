// process_mark: the process that an object belongs to.
//
// Question: is this the process that made the object, or a copy of it made by fork()?
// Zone:     border. Used by whatever has threads, children or descriptors that a copy does not own.
#pragma once

#include <atomic>
#include <cstdint>

namespace offstage::sync {

/// Remembers the process in which it was made; copies of it remember the same one.
///
/// A copy of the application made by fork() has the object's memory, but not the threads that serve
/// it. Calls of such an object throw there, and its destructor lets go of nothing:
///
///     void pool::submit(task what) { process_.require_this("pool::submit"); ... }
///     pool::~pool() { if (!process_.is_this()) return; ... }
///
/// A process made by other means than fork() (a bare clone system call, _Fork()) is not told apart.
/// @thread Any; one load.
class process_mark {
 public:
  /// @errors std::bad_alloc.
  process_mark();

  /// True in the process that made it.
  bool is_this() const noexcept { return made_in_ == now_.load(std::memory_order_relaxed); }

  /// Does nothing in the process that made it.
  /// @param call The name of the caller, for the text.
  /// @errors wrong_process in every other.
  void require_this(const char* call) const {
    if (!is_this()) refuse(call);
  }

 private:
  [[noreturn]] static void refuse(const char* call);
  static void count_fork() noexcept;

  // How many forks lie between the first process and this one: no two in one line have the same.
  static constinit std::atomic<std::uint32_t> now_;

  std::uint32_t made_in_;
};

}  // namespace offstage::sync
