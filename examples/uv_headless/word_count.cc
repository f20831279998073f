#include "examples/uv_headless/word_count.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace uv_headless {
namespace {

constexpr std::size_t block_bytes = 128 << 10;

[[noreturn]] void fail(int error) {
  throw std::runtime_error(std::generic_category().message(error));
}

class open_file {
 public:
  // A fifo would keep a worker waiting for whoever writes to it.
  explicit open_file(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    if (descriptor_ < 0) fail(errno);
    struct stat status;
    if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) return;
    ::close(descriptor_);
    throw std::runtime_error("not a regular file");
  }
  ~open_file() { ::close(descriptor_); }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  std::size_t read(char* block) {
    for (;;) {
      const auto got = ::read(descriptor_, block, block_bytes);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) fail(errno);
    }
  }

 private:
  int descriptor_;
};

bool is_space(char each) { return each == ' ' || (each >= '\t' && each <= '\r'); }

}  // namespace

word_count count_words(std::stop_token stop, const std::string& path) {
  open_file file(path);
  const auto block = std::make_unique_for_overwrite<char[]>(block_bytes);
  word_count found;
  bool in_word = false;
  while (!stop.stop_requested()) {
    const auto size = file.read(block.get());
    if (size == 0) break;
    found.bytes += size;
    for (std::size_t i = 0; i < size; ++i) {
      found.lines += block[i] == '\n' ? 1 : 0;
      const bool space = is_space(block[i]);
      found.words += !space && !in_word ? 1 : 0;
      in_word = !space;
    }
  }
  return found;
}

}  // namespace uv_headless
