// kept_process: a child process that never outlives the test.
//
// Question: what became of the program that was started, and of what it started?
// Zone:     child.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/display/process_list.h"

namespace offstage::display {

/// A program and everything it starts, ended with this object, or with the test process however
/// that ends.
/// @thread the test's
class kept_process {
 public:
  struct options {
    std::string program;  ///< A path, or a name to be looked for in PATH.
    std::vector<std::string> arguments;
    std::vector<std::string> environment;  ///< NAME=VALUE
    std::filesystem::path output;          ///< Gets `.stdout` and `.stderr` appended.
  };

  /// @errors throws std::runtime_error if the program cannot be started
  explicit kept_process(const options& chosen);
  kept_process(const kept_process&) = delete;
  kept_process& operator=(const kept_process&) = delete;
  /// Asks what still runs to end, and ends it after two seconds.
  ~kept_process();

  pid_t pid() const { return pid_; }

  /// As a shell reports it: the exit code, or 128 plus the signal's number. Nothing while it runs.
  std::optional<int> exit_code();

  /// Waits until the program has ended.
  /// @errors throws `never_came` if it does not end
  int wait_for_exit();

  /// Sends a signal to the program.
  void send_signal(int number) const;

  /// What the program started and still runs, orphans too.
  std::vector<listed_process> descendants() const;

  /// What it has written so far.
  std::string standard_output() const;
  std::string standard_error() const;

  /// Begins to end it, without waiting as the destructor does.
  void let_go();

 private:
  void hear();
  void wait_for_keeper();

  std::string name_;
  std::filesystem::path output_;
  int control_ = -1;
  pid_t keeper_ = -1;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

/// A file among the runfiles of the test, by its path from the project's root.
/// @errors throws std::runtime_error if there is none
std::filesystem::path runfile(const std::string& path);

/// Where files go that may be looked at when the test is over.
std::filesystem::path outputs_folder();

}  // namespace offstage::display
