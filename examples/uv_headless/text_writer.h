// text_writer: text to a descriptor, as it takes it.
//
// Question: what waits to be written?
// Zone:     home.
#pragma once

#include <uv.h>

#include <functional>
#include <string>

namespace uv_headless {

/// Writes to a terminal, pipe or socket without ever waiting for its reader; and to files at once.
/// @thread Home.
class text_writer {
 public:
  struct listener {
    std::function<void()> written = [] {};         ///< Less is queued than before.
    std::function<void(int)> broken = [](int) {};  ///< Once, with an error of libuv's.
  };

  /// @param descriptor Not owned.
  /// @errors std::runtime_error if libuv cannot write to it.
  text_writer(uv_loop_t* loop, int descriptor, listener told);

  /// Text after an error is lost.
  void write(std::string text);

  std::size_t queued_bytes();

  /// What is queued is lost. libuv's loop has to run once more before the writer may go.
  void close();

 private:
  struct piece;

  uv_stream_t* stream();
  void write_to_file(const std::string& text);
  void break_off(int error);

  int descriptor_;
  listener told_;
  uv_handle_type type_;
  uv_pipe_t pipe_{};
  uv_tty_t tty_{};
  bool broken_ = false;
  bool closed_ = false;
};

}  // namespace uv_headless
