// Frames that are cut, gathered, refused and sent.

#include "actors/node/lane.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "messages/payload.h"

namespace {

// How many bytes all calls of operator new asked for.
std::atomic<std::size_t> requested_bytes{0};

}  // namespace

// Out of line, or else g++ takes the pair for a mix of new and free.
[[gnu::noinline]] void* operator new(std::size_t size) {
  requested_bytes += size;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace offstage {
namespace {

using word = flat_message::word;

constexpr std::size_t word_bytes = sizeof(word);

struct frame {
  frame_kind kind = frame_kind::state;
  std::uint16_t cell = 0;
  std::vector<word> words;

  bool operator==(const frame&) const = default;
};

frame numbered(std::uint16_t number, std::size_t size) {
  frame out{frame_kind::state, number, std::vector<word>(size)};
  for (std::size_t i = 0; i < size; ++i) out.words[i] = number * 1000003ULL + i;
  return out;
}

flat_message message_of(const frame& from) {
  flat_message out(from.words.size());
  std::copy(from.words.begin(), from.words.end(), out.writable().begin());
  return out;
}

std::vector<std::byte> header_bytes(const frame_header& header) {
  const auto bytes = std::as_bytes(std::span(&header, 1));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> bytes_of(const std::vector<frame>& frames) {
  std::vector<std::byte> out;
  for (const auto& each : frames) {
    const auto head =
        header_bytes({static_cast<std::uint32_t>(each.words.size()), each.kind, each.cell});
    const auto body = std::as_bytes(std::span(each.words));
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), body.begin(), body.end());
  }
  return out;
}

// A frame_reader, and the frames that came out of it.
struct gathering {
  frame_reader reader;
  std::vector<frame> got;

  bool take(const frame_header& header, std::span<const word> words) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(words.data()) % alignof(word), 0U);
    EXPECT_EQ(header.size_words, words.size());
    got.push_back({header.kind, header.cell, {words.begin(), words.end()}});
    return true;
  }

  // As read from a socket: at most as much at a time as there is room.
  void feed(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto room = reader.room();
      ASSERT_GE(room.size(), 4096U);
      const auto some = std::min(room.size(), bytes.size());
      std::memcpy(room.data(), bytes.data(), some);
      reader.filled(some, [this](const auto& header, auto words) { return take(header, words); });
      bytes = bytes.subspan(some);
    }
  }
};

TEST(FrameReaderTest, GivesWholeFramesHoweverTheBytesAreCut) {
  const std::vector<frame> frames = {numbered(1, 1), numbered(2, 3), numbered(65535, 7)};
  const auto bytes = bytes_of(frames);
  const std::span<const std::byte> all(bytes);
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    gathering one;
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      // The same reader again and again, as in a lane that lives long.
      one.got.clear();
      one.feed(all.first(first));
      one.feed(all.subspan(first, second - first));
      one.feed(all.subspan(second));
      ASSERT_EQ(one.got, frames) << "cut at " << first << " and " << second;
      ASSERT_TRUE(one.reader.empty());
    }
  }
}

TEST(FrameReaderTest, GivesAFrameWithItsLastByteAndNotBefore) {
  const std::vector<frame> frames = {numbered(1, 2), numbered(2, 5)};
  const auto bytes = bytes_of(frames);
  gathering one;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t before = i < 24 ? 0 : 1;
    EXPECT_EQ(one.got.size(), before) << i;
    one.feed(std::span(bytes).subspan(i, 1));
  }
  EXPECT_EQ(one.got, frames);
}

TEST(FrameReaderTest, GivesManyFramesOfOneReadInOrder) {
  std::vector<frame> frames;
  for (std::uint16_t i = 0; i < 5000; ++i) frames.push_back(numbered(i, 1 + i % 40));
  gathering one;
  one.feed(bytes_of(frames));
  EXPECT_EQ(one.got, frames);
  EXPECT_TRUE(one.reader.empty());
}

TEST(FrameReaderTest, TakesTheLargestFrameAndDoesNotKeepItsMemory) {
  const std::vector<frame> frames = {numbered(1, frame_words_max)};
  const auto after = numbered(2, 3);
  gathering one;
  one.feed(bytes_of(frames));
  ASSERT_EQ(one.got.size(), 1U);
  EXPECT_TRUE(one.got == frames);
  EXPECT_LE(one.reader.room().size(), 1024U * 1024);
  one.feed(bytes_of({after}));
  ASSERT_EQ(one.got.size(), 2U);
  EXPECT_EQ(one.got[1], after);
}

TEST(FrameReaderTest, RefusesWhatCannotBeAFrameAsSoonAsItsSizeIsThere) {
  for (const std::uint32_t size : {0U, frame_words_max + 1, 0x7fffffffU, 0xffffffffU}) {
    const auto whole = bytes_of({numbered(1, 2)});
    const auto bad = header_bytes({size, frame_kind::state, 0});
    gathering one;
    one.feed(whole);
    one.feed(std::span(bad).first(7));
    const auto before = requested_bytes.load();
    EXPECT_THROW(one.feed(std::span(bad).last(1)), malformed_message) << size;
    EXPECT_LE(requested_bytes - before, 256U * 1024) << size;
    EXPECT_EQ(one.got.size(), 1U);
  }
}

TEST(FrameReaderTest, AllocatesForAnUnfinishedFrameNoMoreThanTheLargestOneHas) {
  gathering one;
  const auto before = requested_bytes.load();
  one.feed(header_bytes({frame_words_max, frame_kind::state, 0}));
  one.feed(std::vector<std::byte>(64 * 1024));
  EXPECT_LE(requested_bytes - before, frame_words_max * word_bytes + 512 * 1024);
  EXPECT_TRUE(one.got.empty());
  EXPECT_FALSE(one.reader.empty());
}

TEST(FrameReaderTest, KeepsTheRestWhenItsListenerWantsNoMore) {
  const std::vector<frame> frames = {numbered(1, 2), numbered(2, 3), numbered(3, 4)};
  const auto bytes = bytes_of(frames);
  frame_reader reader;
  std::memcpy(reader.room().data(), bytes.data(), bytes.size());
  std::vector<std::uint16_t> got;
  const auto take_one = [&](const frame_header& header, std::span<const word>) {
    got.push_back(header.cell);
    return false;
  };
  reader.filled(bytes.size(), take_one);
  EXPECT_EQ(got, (std::vector<std::uint16_t>{1}));
  EXPECT_FALSE(reader.empty());
  reader.room();
  reader.filled(0, take_one);
  reader.filled(0, take_one);
  EXPECT_EQ(got, (std::vector<std::uint16_t>{1, 2, 3}));
  EXPECT_TRUE(reader.empty());
}

TEST(FrameReaderTest, LetsThroughWhatItsListenerThrows) {
  const auto bytes = bytes_of({numbered(1, 2)});
  frame_reader reader;
  std::memcpy(reader.room().data(), bytes.data(), bytes.size());
  EXPECT_THROW(reader.filled(bytes.size(), [](const auto&, auto) -> bool { throw 7; }), int);
}

// A lane and the child's end of it.
class LaneTest : public ::testing::Test {
 protected:
  LaneTest() {
    auto [ours, theirs] = make_lane();
    theirs_ = std::move(theirs);
    lane_ = std::make_unique<lane>(std::move(ours), [this] { ++blocked_; });
  }

  void append(const frame& each) { lane_->append(each.kind, each.cell, message_of(each)); }

  // Reads what is there; false at the end of the lane.
  bool read_all() {
    for (;;) {
      const auto room = read_.reader.room();
      const auto got = ::recv(theirs_.get(), room.data(), room.size(), MSG_DONTWAIT);
      if (got == 0) return false;
      if (got < 0) {
        EXPECT_TRUE(errno == EAGAIN || errno == EWOULDBLOCK) << errno;
        return true;
      }
      read_.reader.filled(static_cast<std::size_t>(got), [this](const auto& header, auto words) {
        return read_.take(header, words);
      });
    }
  }

  // Reads and flushes in turns, as the reactor does, until all of it has arrived.
  void read_until(std::size_t frames) {
    while (read_.got.size() < frames) {
      ASSERT_TRUE(read_all());
      if (read_.got.size() < frames) lane_->flush();
    }
  }

  static std::vector<frame> more_than_a_socket_takes() {
    std::vector<frame> out;
    for (std::uint16_t i = 0; i < 64; ++i) out.push_back(numbered(i, 16 * 1024));
    return out;
  }

  descriptor theirs_;
  std::unique_ptr<lane> lane_;
  std::atomic<int> blocked_{0};
  gathering read_;
};

TEST_F(LaneTest, SendsNothingBeforeFlushAndThenEverythingInOrder) {
  const std::vector<frame> frames = {numbered(1, 1), numbered(2, 30), numbered(3, 2)};
  for (const auto& each : frames) append(each);
  pollfd readable{theirs_.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&readable, 1, 0), 0);
  lane_->flush();
  EXPECT_TRUE(read_all());
  EXPECT_EQ(read_.got, frames);
  EXPECT_EQ(blocked_, 0);
  lane_->flush();
  EXPECT_TRUE(read_all());
  EXPECT_EQ(read_.got.size(), 3U);
}

TEST_F(LaneTest, NeverWaitsForAFullSocketAndSendsTheRestWhenItIsRead) {
  const auto frames = more_than_a_socket_takes();
  for (const auto& each : frames) append(each);
  lane_->flush();
  EXPECT_EQ(blocked_, 1);
  lane_->flush();
  EXPECT_EQ(blocked_, 2);
  // What is appended in between comes behind.
  const auto last = numbered(1000, 3);
  append(last);
  lane_->flush();
  read_until(frames.size() + 1);
  ASSERT_EQ(read_.got.size(), frames.size() + 1);
  EXPECT_TRUE(std::equal(frames.begin(), frames.end(), read_.got.begin()));
  EXPECT_EQ(read_.got.back(), last);
  EXPECT_TRUE(read_.reader.empty());
}

TEST_F(LaneTest, DropsWhatABrokenSocketDoesNotTake) {
  for (const auto& each : more_than_a_socket_takes()) append(each);
  lane_->flush();
  EXPECT_EQ(blocked_, 1);
  theirs_.close();
  lane_->flush();
  EXPECT_EQ(blocked_, 1);
  const auto message = message_of(numbered(1, 16 * 1024));
  const auto before = requested_bytes.load();
  for (int i = 0; i < 1000; ++i) {
    lane_->append(frame_kind::command, 0, message);
    lane_->flush();
  }
  lane_->end();
  EXPECT_LE(requested_bytes - before, 4096U);
  EXPECT_EQ(blocked_, 1);
}

TEST_F(LaneTest, EndsAfterWhatWasAppended) {
  const std::vector<frame> frames = {numbered(1, 1), numbered(2, 2)};
  for (const auto& each : frames) append(each);
  lane_->end();
  EXPECT_FALSE(read_all());
  EXPECT_EQ(read_.got, frames);
}

TEST_F(LaneTest, EndsAfterWhatAFullSocketDidNotTake) {
  const auto frames = more_than_a_socket_takes();
  for (const auto& each : frames) append(each);
  lane_->end();
  EXPECT_EQ(blocked_, 1);
  while (read_all()) lane_->flush();
  EXPECT_TRUE(read_.got == frames);
  EXPECT_TRUE(read_.reader.empty());
}

TEST_F(LaneTest, StillHearsTheChildAfterItsEnd) {
  lane_->end();
  EXPECT_EQ(::send(theirs_.get(), "last", 4, MSG_NOSIGNAL), 4);
  char got[8];
  EXPECT_EQ(::recv(lane_->handle(), got, sizeof got, MSG_DONTWAIT), 4);
}

TEST_F(LaneTest, KeepsFramesOfManyThreadsWhole) {
  constexpr std::uint16_t threads = 4;
  constexpr word each_sends = 300;
  std::vector<std::thread> senders;
  for (std::uint16_t sender = 0; sender < threads; ++sender) {
    senders.emplace_back([this, sender] {
      for (word i = 0; i < each_sends; ++i) {
        append({frame_kind::command, sender, std::vector<word>(1 + i % 50, i)});
        lane_->flush();
      }
    });
  }
  read_until(threads * each_sends);
  for (auto& each : senders) each.join();
  std::vector<word> next(threads, 0);
  for (const auto& each : read_.got) {
    ASSERT_LT(each.cell, threads);
    const auto i = next[each.cell]++;
    ASSERT_EQ(each.words, std::vector<word>(1 + i % 50, i));
  }
}

}  // namespace
}  // namespace offstage
