// shared_levels: the log levels of an application, seen by all of its processes.
//
// Question: how does a change of a level reach a worker that is busy?
// Zone:     border.
#pragma once

#include "actors/node/child_process.h"

namespace offstage {

/// Where the levels of the log are, for a process and its worker processes, and theirs.
/// @thread Any.
class shared_levels {
 public:
  /// The memory, to be given to a child. The levels are kept there from the first call on.
  /// @errors std::system_error.
  static int handle();

  /// In a worker process: the levels of the application are behind this descriptor.
  /// @errors std::system_error.
  /// @thread One that is alone.
  static void inherit(descriptor memory);
};

}  // namespace offstage
