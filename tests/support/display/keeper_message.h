// keeper_message: what a keeper tells the test about the program it keeps.
//
// Question: what does a test hear about a program it started?
// Zone:     pure.
#pragma once

#include <cstdint>

namespace offstage::display {

enum class keeper_news : std::int32_t {
  started,      ///< The value is the program's process id.
  not_started,  ///< The value is errno.
  ended,        ///< The value is what waitpid reported.
};

/// One datagram on the control socket.
struct keeper_message {
  keeper_news news;
  std::int32_t value;
};

}  // namespace offstage::display
