// over_fork: mutexes that nobody holds in a copy of the process.
//
// Question: how may a copy made by fork() use an object that other threads used at that moment?
// Zone:     border. Made by objects that a copy may use or destroy.
#pragma once

namespace offstage::sync {

/// While it lives, each fork() of the process takes an object's mutexes before, and lets go of them
/// afterwards in both processes: so they are free in the copy, and what they guard is whole.
///
/// Make it last and destroy it first of what it takes. Nothing may call fork() with one of these
/// mutexes held.
/// @thread Any.
class over_fork {
 public:
  using function = void (*)(void* object) noexcept;

  /// @param take Called before a fork, in any thread.
  /// @param let_go Called after it, in the same thread, and in the copy.
  /// @errors std::bad_alloc.
  over_fork(void* object, function take, function let_go);
  ~over_fork();
  over_fork(const over_fork&) = delete;
  over_fork& operator=(const over_fork&) = delete;

 private:
  struct all;

  void* const object_;
  const function take_;
  const function let_go_;
  over_fork* previous_ = nullptr;  // The neighbours among all of them.
  over_fork* next_ = nullptr;
};

}  // namespace offstage::sync
