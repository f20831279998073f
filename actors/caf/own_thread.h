// own_thread: a moment in a thread that is nobody's.
//
// Question: where may an actor system be made and destroyed?
// Zone:     border.
#pragma once

#include <exception>
#include <thread>
#include <utility>

namespace offstage {

/// Runs `body` in a thread of its own and waits for it.
///
/// CAF keeps a reference to the logger of the system that a thread made last, in that thread, and
/// the destructor of a system waits until all of them are gone: made here, and destroyed there, it
/// would wait for ever, and a thread of the user's own system would lose its logger.
/// @thread Any.
/// @errors What `body` throws; std::system_error if there can be no thread.
template <class Body>
void in_own_thread(Body&& body) {
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      std::forward<Body>(body)();
    } catch (...) {
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace offstage
