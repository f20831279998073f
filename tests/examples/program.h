// program: another program, run by a test.
//
// Question: what did it print, and how did it end?
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace offstage::testing {

/// Where one of the program's streams leads.
enum class stream {
  pipe,      ///< To the test.
  terminal,  ///< To the program's terminal, whose other end the test has.
  closed,    ///< Nowhere: the descriptor is closed.
  full,      ///< To /dev/full.
};

/// How a program is to be started.
struct program_setup {
  std::filesystem::path folder = ".";      ///< Its current folder.
  std::filesystem::path in = "/dev/null";  ///< Its stdin, unless one of its streams is a terminal.
  stream out = stream::pipe;
  stream err = stream::pipe;
  unsigned short columns = 80;  ///< Of the terminal.
};

/// A worker process of a program. It is never mistaken for another process, even after its end.
class worker_process {
 public:
  /// @errors std::system_error if there is none.
  explicit worker_process(pid_t id);

  pid_t id() const { return id_; }

  /// True if it has a file of this name open.
  bool has_open(const std::filesystem::path& file) const;

  /// Kills it with SIGKILL.
  void kill() const;

  /// Waits for its end; false if it did not come within a minute.
  bool wait() const;

 private:
  pid_t id_;
  std::shared_ptr<const int> handle_;
};

/// A program while it runs. If it still runs at the end, it is killed.
class program {
 public:
  /// @param command The program (looked up in PATH if it has no slash) and its arguments.
  explicit program(std::vector<std::string> command, const program_setup& setup = {});
  ~program();
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  /// What it printed so far.
  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }
  const std::string& screen() const { return screen_; }

  /// Reads what it prints until `enough()`; false if it ended before, or after a minute.
  bool read_until(const std::function<bool()>& enough);

  /// Types on its terminal's keyboard.
  void type(const std::string& keys);

  /// Whether its stdout is read from now on; at first it is.
  void read_out(bool reads) { reads_out_ = reads; }

  /// How many bytes wait to be read from its stdout.
  std::size_t unread_out() const;

  /// Nobody reads its stdout any more.
  void close_out();

  void send(int signal);

  /// Its process id.
  pid_t id() const { return id_; }

  /// Its worker processes, now.
  std::vector<worker_process> workers() const;

  /// Reads on until it ends; false if it did not within two minutes.
  bool wait();

  /// After `wait()`: its exit code, or none if a signal killed it.
  std::optional<int> exit_code() const;

  /// After `wait()`: the signal that killed it, or 0.
  int killed_by() const;

  /// The most memory it had when it was last read from, in KiB.
  long memory_max_kib() const { return memory_max_kib_; }

 private:
  bool read_some(int milliseconds);
  void look_at_memory();

  pid_t id_ = -1;
  int out_end_ = -1;
  int err_end_ = -1;
  int terminal_end_ = -1;
  bool reads_out_ = true;
  std::string out_;
  std::string err_;
  std::string screen_;
  int status_ = 0;
  bool ended_ = false;
  long memory_max_kib_ = 0;
};

/// What a terminal of endless width shows after this was written to it, without blanks at the ends
/// of its lines.
std::string shown_by_terminal(const std::string& written);

/// An example of this project, as a path.
std::string example(const std::string& name);

/// A folder that goes with everything in it.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Writes a file, and makes the folders above it.
  void write(const std::string& name, const std::string& content) const;

  /// Makes a file of zeros that takes no space.
  void write_sparse(const std::string& name, std::uintmax_t size_bytes) const;

 private:
  std::filesystem::path path_;
};

}  // namespace offstage::testing
