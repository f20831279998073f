// away_thread: a thread that runs the user's code, and that nobody has to join.
//
// Question: who starts such a thread, and who waits for its end?
// Zone:     away. Hears pools.
#pragma once

#include <memory>

#include "actors/ref/ref.h"
#include "actors/sync/process_mark.h"

namespace offstage {

/// A thread from its first line to its last; it holds a reference to this object meanwhile.
///
/// Whoever has started it never waits for it. A thread that has ended is joined by the next one
/// that ends, or when the process exits. Process exit also waits for those that were told to end,
/// two seconds in all: so no destructor of a thread_local object runs beside those of static ones
/// that were made before the first thread. (Later ones, as those in a task's functions, go first.)
/// Those that are in user code then, or parked, are left alone.
class away_thread : public counted {
 public:
  /// @param name At most 15 characters, for debuggers and `top -H`; lives for ever.
  /// @errors std::bad_alloc.
  explicit away_thread(const char* name);
  ~away_thread() override;

  /// Starts the thread.
  /// @thread Any; once.
  /// @errors std::system_error if the system does not grant it, std::bad_alloc; then nothing has
  ///   changed.
  void begin();

  /// The thread is about to be told to end.
  /// @thread Any.
  void will_end() noexcept;

 protected:
  /// True while code of the user's runs, which may take for ever: process exit does not wait then.
  /// @thread Any.
  virtual bool in_users_code() const noexcept { return false; }

  /// What the thread does. May be left by pthread_exit, so no function on the way is noexcept.
  virtual void run() = 0;

 private:
  struct departures;
  struct remains;

  static void* main(void* self);
  void end();

  const char* const name_;
  const sync::process_mark process_;
  std::unique_ptr<remains> remains_;  // Until it has ended.
  // All of it is read and written with the lock of the departures.
  bool awaited_ = false;
  bool ended_ = false;
  away_thread* previous_ = nullptr;  // The neighbours among those that are awaited.
  away_thread* next_ = nullptr;
};

}  // namespace offstage
