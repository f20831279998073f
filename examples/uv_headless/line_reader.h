// line_reader: lines of a descriptor, as they come.
//
// Question: what does the input say?
// Zone:     home.
#pragma once

#include <uv.h>

#include <array>
#include <functional>
#include <string>

namespace uv_headless {

/// Reads lines from a terminal, pipe, socket or file without ever waiting for them.
/// @thread Home.
class line_reader {
 public:
  struct listener {
    std::function<void(std::string)> line;  ///< Without its end. May pause or close the reader.
    std::function<void(int)> end;           ///< Once, with 0 or an error of libuv's.
  };

  /// @param descriptor Not owned.
  /// @errors std::runtime_error if libuv cannot read it.
  line_reader(uv_loop_t* loop, int descriptor, listener told);

  /// No more lines but those that were read already.
  void pause();
  void resume();

  /// No more lines. libuv's loop has to run once more before the reader may go.
  void close();

 private:
  uv_stream_t* stream();
  void read_file();
  void take(const char* data, std::size_t size);
  void end(int error);

  uv_loop_t* loop_;
  int descriptor_;
  listener told_;
  uv_handle_type type_;
  uv_pipe_t pipe_{};
  uv_tty_t tty_{};
  uv_fs_t request_{};  // Of a file.
  std::array<char, 16384> block_{};
  std::string line_;
  bool paused_ = true;
  bool reading_ = false;
  bool closed_ = false;
};

}  // namespace uv_headless
