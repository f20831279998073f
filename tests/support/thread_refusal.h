// thread_refusal: a system that has no thread left.
//
// Question: what becomes of work when a thread cannot be had?
// Zone:     border. Takes the place of pthread_create in the test's process.
#pragma once

namespace offstage::testing {

/// While it lives, threads that anybody in this process asks for are refused as a full system does
/// (EAGAIN). One at a time.
class thread_refusal {
 public:
  /// As many as there are.
  static constexpr int all = -1;

  struct which {
    int first = 1;    ///< The number of the first one refused: 1 is the next.
    int count = all;  ///< How many are refused, one after the other.
  };

  /// Refuses all that follow.
  thread_refusal() : thread_refusal(which{}) {}
  explicit thread_refusal(which refused);
  ~thread_refusal();
  thread_refusal(const thread_refusal&) = delete;
  thread_refusal& operator=(const thread_refusal&) = delete;

  /// How many were refused since.
  int refused() const;
};

/// How many threads this process has asked for.
int threads_asked_for();

}  // namespace offstage::testing
