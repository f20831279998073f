#include "examples/digest_tree/digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace digest_tree {
namespace {

constexpr std::size_t block_size_bytes = 256 << 10;
constexpr std::uint64_t news_size_bytes = 16 << 20;

// A file that could not be digested, in the words of its problem.
class unreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// An open file. A fifo, or whatever else took the place of the file that was listed, is neither
// waited for nor read.
class open_file {
 public:
  explicit open_file(const listed_file& file)
      : descriptor_(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
                                                  (file.how == links::followed ? 0 : O_NOFOLLOW))) {
    if (descriptor_ < 0) throw unreadable(reason(errno));
    struct stat status;
    if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) return;
    ::close(descriptor_);
    throw unreadable("not a regular file any more");
  }
  ~open_file() { ::close(descriptor_); }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  // How many bytes were read; 0 at the end.
  std::size_t read(std::byte* block) {
    for (;;) {
      const auto got = ::read(descriptor_, block, block_size_bytes);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw unreadable(reason(errno));
    }
  }

 private:
  int descriptor_;
};

class sha256 {
 public:
  sha256() : kind_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), state_(EVP_MD_CTX_new()) {
    if (!kind_ || !state_) throw std::runtime_error("OpenSSL offers no SHA-256");
  }

  void begin() { require(EVP_DigestInit_ex2(state_.get(), kind_.get(), nullptr)); }
  void add(const std::byte* data, std::size_t size) {
    require(EVP_DigestUpdate(state_.get(), data, size));
  }
  std::string end_hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    require(EVP_DigestFinal_ex(state_.get(), digest, &size));
    std::string hex;
    hex.reserve(2 * size);
    for (unsigned i = 0; i < size; ++i) {
      hex += "0123456789abcdef"[digest[i] >> 4];
      hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
  }

 private:
  struct deleter {
    void operator()(EVP_MD* kind) const { EVP_MD_free(kind); }
    void operator()(EVP_MD_CTX* state) const { EVP_MD_CTX_free(state); }
  };

  static void require(int success) {
    if (success != 1) throw std::runtime_error("SHA-256 failed in OpenSSL");
  }

  std::unique_ptr<EVP_MD, deleter> kind_;
  std::unique_ptr<EVP_MD_CTX, deleter> state_;
};

}  // namespace

offstage::generator<digest_news> digest_files(std::stop_token stop, std::vector<listed_file> files,
                                              std::size_t files_per_news) {
  sha256 hash;
  const auto block = std::make_unique_for_overwrite<std::byte[]>(block_size_bytes);
  digest_news news;
  co_yield news;
  for (const auto& each : files) {
    file_end end;
    try {
      open_file file(each);
      hash.begin();
      while (const auto size = file.read(block.get())) {
        if (stop.stop_requested()) co_return;
        hash.add(block.get(), size);
        news.size_bytes += size;
        if (news.size_bytes < news_size_bytes) continue;
        co_yield std::move(news);
        news = {};
      }
      end = {true, hash.end_hex()};
    } catch (const unreadable& why) {
      end = {false, why.what()};
    }
    news.ended.push_back(std::move(end));
    if (news.ended.size() < files_per_news && &each != &files.back()) continue;
    co_yield std::move(news);
    news = {};
  }
}

std::string digest_line(const std::string& digest_hex, const std::string& path) {
  if (path.find_first_of("\\\n\r") == std::string::npos) return digest_hex + "  " + path + '\n';
  std::string line = '\\' + digest_hex + "  ";
  for (const char each : path) {
    switch (each) {
      case '\\':
        line += "\\\\";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      default:
        line += each;
    }
  }
  return line + '\n';
}

}  // namespace digest_tree
