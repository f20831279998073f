// word_run: from paths to lines of counts.
//
// Question: which files are under way, and what was printed?
// Zone:     home. Hears lines, signals, timers and the ends of tasks.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "actors/offstage.h"
#include "examples/uv_headless/line_reader.h"
#include "examples/uv_headless/text_writer.h"
#include "examples/uv_headless/word_count.h"

namespace uv_headless {

/// Reads paths from stdin, has their words counted, writes to stdout as results come, and how far
/// it is to stderr.
class word_run {
 public:
  /// Begins to read. libuv's loop ends by itself when everything is written.
  /// @errors std::runtime_error if stdin, stdout or stderr is of no use.
  word_run(uv_loop_t* loop, offstage::executor& executor, std::chrono::milliseconds progress);

  /// Closes what libuv has; its loop has to run once more before the run may go.
  void close();

  /// When libuv's loop has ended: 0, 1 if a file or a stream failed, 128 and the number of the
  /// signal that ended it.
  int exit_code() const;

 private:
  void take(const std::string& path);
  void ended(const std::string& path, const offstage::call_future<word_count>& future);
  void read_on();
  void stop();
  void complain(const std::string& what);
  void tell_progress();
  void listen(uv_signal_t& signal, int number);

  offstage::executor& executor_;
  line_reader in_;
  text_writer out_;
  text_writer err_;
  uv_timer_t timer_{};
  uv_signal_t interrupt_{};
  uv_signal_t terminate_{};
  std::map<std::uint64_t, offstage::call_future<word_count>> under_way_;
  std::uint64_t files_ = 0;
  std::uint64_t files_done_ = 0;
  std::uint64_t bytes_ = 0;
  bool failed_ = false;
  bool stopped_ = false;
  int signal_ = 0;
};

}  // namespace uv_headless
