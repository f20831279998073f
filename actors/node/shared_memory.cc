#include "actors/node/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace offstage {
namespace {

void require(bool condition, int error, const char* what) {
  if (!condition) throw std::system_error(error, std::generic_category(), what);
}

// Of files that this process may have; where there is more, it gets a signal that ends it.
std::size_t file_size_max() {
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  return limit.rlim_cur;
}

// In parts, since a signal undoes what one call has done so far.
int allocate(int number, std::size_t size_bytes) {
  constexpr std::size_t part_bytes = std::size_t{16} << 20;
  for (std::size_t at = 0; at < size_bytes;) {
    const auto part = std::min(part_bytes, size_bytes - at);
    const int error = posix_fallocate(number, static_cast<off_t>(at), static_cast<off_t>(part));
    if (error == EINTR) continue;
    if (error != 0) return error;
    at += part;
  }
  return 0;
}

}  // namespace

shared_memory::shared_memory(const char* name, std::size_t size_bytes)
    : handle_(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)), size_bytes_(size_bytes) {
  require(static_cast<bool>(handle_), errno, "shared memory: memfd_create");
  require(size_bytes <= file_size_max(), EFBIG,
          "shared memory: beyond the limit of file sizes (RLIMIT_FSIZE, ulimit -f)");
  const int error = allocate(handle_.get(), size_bytes);
  require(error == 0, error, "shared memory: no memory");
  fcntl(handle_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  map(handle_.get());
}

shared_memory::shared_memory(descriptor inherited, std::size_t size_bytes)
    : size_bytes_(size_bytes) {
  map(inherited.get());
}

shared_memory::~shared_memory() {
  if (data_ != nullptr) munmap(data_, size_bytes_);
}

void shared_memory::give_back() noexcept {
  fallocate(handle_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
            static_cast<off_t>(size_bytes_));
}

void shared_memory::map(int number) {
  void* const got = mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, number, 0);
  require(got != MAP_FAILED, errno, "shared memory: mmap");
  data_ = got;
}

}  // namespace offstage
