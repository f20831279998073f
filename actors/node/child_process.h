// child_process: one child process, from its start to its end.
//
// Question: how is a process started, signalled and reaped?
// Zone:     border. Hears the node.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace offstage {

/// A file descriptor with an owner; never one of the three standard streams, whose numbers a
/// program that has closed them gives away.
/// @thread One at a time.
class descriptor {
 public:
  descriptor() noexcept = default;
  explicit descriptor(int number) noexcept;
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() { close(); }

  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }
  void close() noexcept;

 private:
  int number_ = -1;
};

/// How a process ended.
struct exit_status {
  enum class how { exited, signaled, lost };

  how kind = how::lost;
  int value = 0;  ///< The exit code, or the signal.

  /// For texts: "exited with code 3", "was killed by signal 11 (Segmentation fault)".
  std::string text() const;
};

/// A child process of this one, or of a fork server of ours. It is never waited for by anybody
/// else.
/// @thread One at a time; starting is not for home, which it keeps for about a millisecond.
class child_process {
 public:
  /// What to start.
  struct plan {
    std::string executable;                  ///< Its path.
    std::vector<std::string> environment;    ///< All of it, as NAME=VALUE.
    std::vector<std::pair<int, int>> given;  ///< Descriptors: ours, and the child's number.
    std::string working_directory = {};      ///< Empty: this process's.
  };

  /// Starts a process in a group of its own, with nothing open but what it is given, an empty
  /// input, and this process's outputs where it is given none; without blocked signals; those that
  /// this process ignores are ignored, and the others have their default action.
  /// @errors std::system_error.
  explicit child_process(const plan& what);

  /// What a fork server has made.
  struct forked {
    int id;             ///< Its process id.
    descriptor end;     ///< Its pidfd.
    descriptor status;  ///< The server writes there how it ended.
  };
  explicit child_process(forked made) noexcept;

  /// Kills it if it still runs; waits half a second at most for its end.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  int id() const noexcept { return id_; }

  /// Readable once it has ended.
  int end() const noexcept { return end_.get(); }

  /// Sends it a signal; nothing once it has ended. Returns the errno if it must not be signalled,
  /// and 0 otherwise.
  /// @thread Any.
  int signal(int number) noexcept;

  /// True if `reap()` knows how it ended; to be asked once it has. Where a fork server has to tell
  /// it, `told()` is readable then.
  bool status_known() const noexcept;
  int told() const noexcept { return status_ ? status_.get() : end_.get(); }

  /// Takes its exit status; waits for its end, but for no fork server.
  /// @param limit For so long at most; what has not ended then stays to be reaped.
  exit_status reap(std::optional<std::chrono::milliseconds> limit = {}) noexcept;

 private:
  int id_ = -1;
  descriptor end_;
  descriptor status_;  // Only of one that a fork server made.
  std::atomic<bool> reaped_{false};
};

/// The environment of this process, as it is now, with these additions, as NAME=VALUE.
/// @thread Home, as whatever changes the environment: no thread of ours reads it later.
std::vector<std::string> environment_with(const std::vector<std::string>& additions);

/// A descriptor of this process that is readable once it has ended.
/// @errors std::system_error.
descriptor own_end();

}  // namespace offstage
