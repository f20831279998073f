#include "examples/uv_headless/line_reader.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace uv_headless {
namespace {

// Nothing that is longer is the path of a file; what is cut off shall not take memory.
constexpr std::size_t line_bytes_max = 8192;

}  // namespace

line_reader::line_reader(uv_loop_t* loop, int descriptor, listener told)
    : loop_(loop),
      descriptor_(descriptor),
      told_(std::move(told)),
      type_(uv_guess_handle(descriptor)) {
  int error = 0;
  if (type_ == UV_TTY) {
    error = uv_tty_init(loop, &tty_, descriptor, 0);
  } else if (type_ != UV_FILE) {
    uv_pipe_init(loop, &pipe_, 0);
    error = uv_pipe_open(&pipe_, descriptor);
  }
  if (error != 0) throw std::runtime_error(std::string("input: ") + uv_strerror(error));
  request_.data = this;
  if (stream() != nullptr) stream()->data = this;
}

uv_stream_t* line_reader::stream() {
  if (type_ == UV_FILE) return nullptr;
  if (type_ == UV_TTY) return reinterpret_cast<uv_stream_t*>(&tty_);
  return reinterpret_cast<uv_stream_t*>(&pipe_);
}

void line_reader::pause() {
  if (std::exchange(paused_, true) || closed_) return;
  if (stream() != nullptr) uv_read_stop(stream());
}

void line_reader::resume() {
  if (!paused_ || closed_) return;
  paused_ = false;
  if (stream() == nullptr) return read_file();
  uv_read_start(
      stream(),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        auto& block = static_cast<line_reader*>(handle->data)->block_;
        *buffer = uv_buf_init(block.data(), static_cast<unsigned>(block.size()));
      },
      [](uv_stream_t* from, ssize_t size, const uv_buf_t* buffer) {
        auto& reader = *static_cast<line_reader*>(from->data);
        if (size > 0) reader.take(buffer->base, static_cast<std::size_t>(size));
        if (size < 0) reader.end(size == UV_EOF ? 0 : static_cast<int>(size));
      });
}

void line_reader::read_file() {
  if (paused_ || closed_ || std::exchange(reading_, true)) return;
  uv_buf_t buffer = uv_buf_init(block_.data(), static_cast<unsigned>(block_.size()));
  uv_fs_read(loop_, &request_, descriptor_, &buffer, 1, -1, [](uv_fs_t* request) {
    auto& reader = *static_cast<line_reader*>(request->data);
    const auto size = request->result;
    uv_fs_req_cleanup(request);
    reader.reading_ = false;
    if (size > 0) {
      reader.take(reader.block_.data(), static_cast<std::size_t>(size));
      reader.read_file();
    } else {
      reader.end(static_cast<int>(size));
    }
  });
}

void line_reader::take(const char* data, std::size_t size) {
  const char* const end = data + size;
  while (data != end && !closed_) {
    const char* const line_end = std::find(data, end, '\n');
    const auto room = line_bytes_max - std::min(line_.size(), line_bytes_max);
    line_.append(data, std::min(room, static_cast<std::size_t>(line_end - data)));
    if (line_end == end) return;
    told_.line(std::exchange(line_, {}));
    data = line_end + 1;
  }
}

void line_reader::end(int error) {
  if (closed_) return;
  if (!line_.empty()) told_.line(std::exchange(line_, {}));
  close();
  told_.end(error);
}

void line_reader::close() {
  if (std::exchange(closed_, true)) return;
  if (stream() != nullptr) uv_close(reinterpret_cast<uv_handle_t*>(stream()), nullptr);
}

}  // namespace uv_headless
