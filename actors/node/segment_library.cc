#include "actors/node/segment_library.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "actors/node/futex.h"
#include "actors/node/segment.h"

namespace offstage {
namespace {

// Many more than a store makes.
constexpr std::size_t known_max = 4096;

void require(bool condition, const std::string& found) {
  if (!condition) throw malformed_message(found);
}

std::string text_of(std::uint64_t id) { return "segment " + std::to_string(id); }

// Of the size that is said, for ever, and with memory behind all of it: so that reading it cannot
// fail later.
void examine(const descriptor& memory, const segment_notice& offer) {
  const int seals = fcntl(memory.get(), F_GET_SEALS);
  require(seals >= 0, text_of(offer.id) + " behind a descriptor of another kind");
  require((seals & F_SEAL_SHRINK) != 0 && (seals & F_SEAL_GROW) != 0,
          text_of(offer.id) + " that is not sealed");
  struct stat facts {};
  require(fstat(memory.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
              static_cast<std::uint64_t>(facts.st_size) == offer.size_bytes &&
              offer.size_bytes > segment_header::size_bytes,
          text_of(offer.id) + " of " + std::to_string(facts.st_size) + " bytes, which was said to" +
              " have " + std::to_string(offer.size_bytes));
  require(static_cast<std::uint64_t>(facts.st_blocks) * 512 >= offer.size_bytes,
          text_of(offer.id) + " without its memory");
}

}  // namespace

// The values cannot be written here; the header can.
class segment_library::mapping {
 public:
  mapping(descriptor memory, std::size_t size_bytes, bool keeps_descriptor)
      : size_bytes_(size_bytes),
        data_(mmap(nullptr, size_bytes, PROT_READ, MAP_SHARED, memory.get(), 0)) {
    if (data_ == MAP_FAILED) {
      throw std::system_error(errno, std::generic_category(), "shared memory: mmap");
    }
    if (mprotect(data_, segment_header::size_bytes, PROT_READ | PROT_WRITE) != 0) {
      const int error = errno;
      munmap(data_, size_bytes_);
      throw std::system_error(error, std::generic_category(), "shared memory: mprotect");
    }
    if (keeps_descriptor) memory_ = std::move(memory);
  }
  ~mapping() { munmap(data_, size_bytes_); }
  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;

  std::uint64_t capacity() const noexcept { return size_bytes_ - segment_header::size_bytes; }

  // False if there is a value in it that is still read.
  bool take() noexcept {
    if (taken_.exchange(true)) return false;
    auto& header = this->header();
    header.heard = 1;
    if (header.awaited.exchange(0) != 0) futex_wake(header.heard);
    return true;
  }

  void give_back() noexcept {
    taken_ = false;
    header().lent.store(0, std::memory_order_release);
  }

  std::span<const std::byte> at(const segment_place& place) const noexcept {
    return {static_cast<const std::byte*>(data_) + segment_header::size_bytes + place.offset,
            static_cast<std::size_t>(place.size)};
  }

  void copy(const segment_place& place, std::byte* to) const {
    for (std::uint64_t done = 0; done < place.size;) {
      const auto got = pread(memory_.get(), to + done, place.size - done,
                             static_cast<off_t>(segment_header::size_bytes + place.offset + done));
      if (got > 0) {
        done += static_cast<std::uint64_t>(got);
      } else if (got == 0 || errno != EINTR) {
        throw std::system_error(got == 0 ? ENODATA : errno, std::generic_category(),
                                "shared memory: pread");
      }
    }
  }

 private:
  segment_header& header() const noexcept { return *static_cast<segment_header*>(data_); }

  const std::size_t size_bytes_;
  void* const data_;
  descriptor memory_;
  std::atomic<bool> taken_{false};
};

void segment_library::hear(const segment_notice& notice, std::deque<descriptor>& beside) {
  if (notice.kind == segment_notice_kind::forgotten) {
    known_.erase(notice.id);
    return;
  }
  require(!beside.empty(), text_of(notice.id) + " without a descriptor");
  auto memory = std::move(beside.front());
  beside.pop_front();
  require(known_.size() < known_max, "more than " + std::to_string(known_max) + " segments");
  require(!known_.contains(notice.id), text_of(notice.id) + " for the second time");
  examine(memory, notice);
  known_.emplace(notice.id, std::make_shared<mapping>(std::move(memory),
                                                      static_cast<std::size_t>(notice.size_bytes),
                                                      how_ == segment_reading::copied));
}

payload segment_library::borrow(const payload& from) {
  if (from.kind != payload_kind::segment) return from;
  const auto& place = from.place;
  const auto found = known_.find(place.id);
  require(found != known_.end(), "a value in an unknown segment");
  const auto& memory = found->second;
  require(place.offset <= memory->capacity() && place.size <= memory->capacity() - place.offset,
          "a value of " + std::to_string(place.size) + " bytes in a segment of " +
              std::to_string(memory->capacity()));
  require(memory->take(), "a value in a segment with another one");
  std::shared_ptr<const void> kept(memory.get(),
                                   [memory](const void*) noexcept { memory->give_back(); });
  if (how_ == segment_reading::in_place) {
    return {payload_kind::bytes, memory->at(place), {}, std::move(kept)};
  }
  const std::shared_ptr<std::byte> copy(new std::byte[place.size],
                                        std::default_delete<std::byte[]>());
  memory->copy(place, copy.get());
  return {payload_kind::bytes, {copy.get(), static_cast<std::size_t>(place.size)}, {}, copy};
}

}  // namespace offstage
