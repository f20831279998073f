// process_list: the processes below one, as /proc has them.
//
// Question: what runs below this process?
// Zone:     pure.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace offstage::display {

/// A process that runs, or did when it was listed.
struct listed_process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;     ///< The first 15 bytes of its name.
  std::string command;  ///< Its arguments, with spaces between them.
};

/// Children of `root`, their children and so on, without those that ended and were not waited for.
/// @thread any
std::vector<listed_process> descendants_of(pid_t root);

/// One line for each, for messages.
/// @thread any
std::string to_string(const std::vector<listed_process>& processes);

}  // namespace offstage::display
