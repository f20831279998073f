#include "examples/uv_headless/text_writer.h"

#include <unistd.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <utility>

namespace uv_headless {

// Text that libuv is at.
struct text_writer::piece {
  uv_write_t request;
  text_writer* writer;
  std::string text;
};

text_writer::text_writer(uv_loop_t* loop, int descriptor, listener told)
    : descriptor_(descriptor), told_(std::move(told)), type_(uv_guess_handle(descriptor)) {
  int error = 0;
  if (type_ == UV_TTY) {
    error = uv_tty_init(loop, &tty_, descriptor, 0);
  } else if (type_ != UV_FILE) {
    uv_pipe_init(loop, &pipe_, 0);
    error = uv_pipe_open(&pipe_, descriptor);
  }
  if (error != 0) throw std::runtime_error(std::string("output: ") + uv_strerror(error));
}

uv_stream_t* text_writer::stream() {
  if (type_ == UV_FILE) return nullptr;
  if (type_ == UV_TTY) return reinterpret_cast<uv_stream_t*>(&tty_);
  return reinterpret_cast<uv_stream_t*>(&pipe_);
}

void text_writer::write(std::string text) {
  if (broken_ || closed_) return;
  if (stream() == nullptr) return write_to_file(text);
  auto queued = std::make_unique<piece>(piece{{}, this, std::move(text)});
  queued->request.data = queued.get();
  const uv_buf_t buffer =
      uv_buf_init(queued->text.data(), static_cast<unsigned>(queued->text.size()));
  const int error =
      uv_write(&queued->request, stream(), &buffer, 1, [](uv_write_t* request, int status) {
        const std::unique_ptr<piece> done(static_cast<piece*>(request->data));
        if (status != 0) return done->writer->break_off(status);
        done->writer->told_.written();
      });
  if (error != 0) return break_off(error);
  static_cast<void>(queued.release());
}

void text_writer::write_to_file(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto some = ::write(descriptor_, text.data() + done, text.size() - done);
    if (some < 0 && errno != EINTR) return break_off(uv_translate_sys_error(errno));
    if (some > 0) done += static_cast<std::size_t>(some);
  }
}

std::size_t text_writer::queued_bytes() {
  return stream() == nullptr || closed_ ? 0 : uv_stream_get_write_queue_size(stream());
}

void text_writer::break_off(int error) {
  if (closed_ || std::exchange(broken_, true)) return;
  told_.broken(error);
}

void text_writer::close() {
  if (std::exchange(closed_, true)) return;
  if (stream() != nullptr) uv_close(reinterpret_cast<uv_handle_t*>(stream()), nullptr);
}

}  // namespace uv_headless
