// Shared memory for large values: used again, lent, given back, offered and refused.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/node/free_memory.h"
#include "actors/node/lane.h"
#include "actors/node/large_value.h"
#include "actors/node/segment_library.h"
#include "actors/node/segment_store.h"
#include "messages/codec/all_codecs.h"

namespace offstage {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr borrower_id reader_one = 1;
constexpr borrower_id reader_two = 2;

// A descriptor of its own for the memory of a segment.
descriptor copy_of(const segment& what) {
  return descriptor(fcntl(what.handle().get(), F_DUPFD_CLOEXEC, 3));
}

std::size_t blocks_of(const segment& what) {
  struct stat facts {};
  fstat(what.handle().get(), &facts);
  return static_cast<std::size_t>(facts.st_blocks) * 512;
}

// --- The store.

struct SegmentStoreTest : public ::testing::Test {
  std::shared_ptr<segment_store> make(segment_limits limits = {}) {
    return segment_store::make(limits, [this](auto when) { asked.push_back(when); });
  }

  // As if the reader had read, and let go.
  static void read(const segment& what) {
    what.header().heard = 1;
    what.header().lent = 0;
  }

  std::vector<segment_store::clock::time_point> asked;
};

TEST_F(SegmentStoreTest, GivesRoomThatIsThere) {
  const auto store = make();
  for (const std::size_t size : {std::size_t{1}, 64 * kib, 64 * kib + 1, 100 * kib, mib, 9 * mib}) {
    const auto lease = store->take(size);
    ASSERT_TRUE(lease);
    EXPECT_GE(lease->what()->capacity(), size);
    EXPECT_LE(lease->what()->capacity(), std::max(size + size / 8 + 4096, 64 * kib));
    EXPECT_EQ(blocks_of(*lease->what()), lease->what()->size_bytes());
    EXPECT_EQ(fcntl(lease->what()->handle().get(), F_GET_SEALS) & (F_SEAL_SHRINK | F_SEAL_GROW),
              F_SEAL_SHRINK | F_SEAL_GROW);
    std::memset(lease->what()->room().data(), 1, lease->what()->capacity());
  }
}

TEST_F(SegmentStoreTest, UsesSegmentsAgainThatAreFree) {
  const auto store = make();
  auto first = store->take(100 * kib);
  const auto* const what = first->what().get();
  first->lend(reader_one);
  first.reset();
  // It has a value that was not read.
  auto second = store->take(100 * kib);
  EXPECT_NE(second->what().get(), what);
  read(*what);
  auto third = store->take(100 * kib);
  EXPECT_EQ(third->what().get(), what);
  // Nobody read the value that was in it.
  third->lend(reader_one);
  third->take_back();
  third.reset();
  EXPECT_EQ(store->take(90 * kib)->what().get(), what);
  // A small value does not keep a large segment.
  auto large = store->take(64 * mib);
  large.reset();
  EXPECT_LT(store->take(2 * mib)->what()->capacity(), 8 * mib);
}

TEST_F(SegmentStoreTest, KeepsAFewFreeOnesOnly) {
  const auto store = make({.free_count_max = 3, .free_bytes_max = 10 * mib});
  std::vector<std::unique_ptr<segment_store::lease>> leases;
  for (int i = 0; i < 10; ++i) leases.push_back(store->take(mib));
  EXPECT_EQ(store->used().segments, 10U);
  leases.clear();
  EXPECT_EQ(store->used().segments, 3U);
  for (int i = 0; i < 3; ++i) leases.push_back(store->take(8 * mib));
  leases.clear();
  EXPECT_LE(store->used().bytes, 11 * mib);
  // One of any size.
  store->take(100 * mib).reset();
  EXPECT_EQ(store->used().segments, 1U);
  EXPECT_GT(store->used().bytes, 100 * mib);
}

TEST_F(SegmentStoreTest, GivesMemoryBackThatWasNotUsedForAWhile) {
  const auto store = make({.keep_time = std::chrono::milliseconds(0)});
  EXPECT_TRUE(asked.empty());
  auto lease = store->take(mib);
  EXPECT_TRUE(asked.empty());
  const auto memory = lease->what();
  lease.reset();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(store->used().segments, 1U);
  EXPECT_GT(blocks_of(*memory), mib);
  EXPECT_EQ(store->trim(), std::vector<std::uint64_t>{memory->id()});
  EXPECT_EQ(store->used().segments, 0U);
  EXPECT_EQ(store->used().bytes, 0U);
  // Although others have it still.
  EXPECT_EQ(blocks_of(*memory), 0U);
  // And is not asked again while nothing is used.
  EXPECT_EQ(asked.size(), 1U);
  EXPECT_TRUE(store->trim().empty());
  EXPECT_EQ(asked.size(), 1U);
}

TEST_F(SegmentStoreTest, KeepsWhatWasUsedLately) {
  const auto store = make({.keep_time = std::chrono::hours(1)});
  store->take(mib).reset();
  EXPECT_EQ(asked.size(), 1U);
  EXPECT_TRUE(store->trim().empty());
  EXPECT_EQ(store->used().segments, 1U);
  // It wants to be asked again then.
  EXPECT_EQ(asked.size(), 2U);
  store->take(mib).reset();
  EXPECT_EQ(asked.size(), 2U);
}

TEST_F(SegmentStoreTest, LeavesToReadersWhatTheyReadForLong) {
  const auto store = make({.keep_time = std::chrono::milliseconds(0)});
  auto lease = store->take(mib);
  const auto memory = lease->what();
  lease->lend(reader_one);
  lease.reset();
  // It may not have heard of it yet.
  EXPECT_TRUE(store->trim().empty());
  memory->header().heard = 1;
  EXPECT_EQ(store->trim().size(), 1U);
  EXPECT_EQ(store->used().segments, 0U);
  EXPECT_GT(blocks_of(*memory), mib);
}

TEST_F(SegmentStoreTest, NeverUsesAgainWhatADeadReaderHad) {
  const auto store = make();
  auto held = store->take(mib);
  const auto memory = held->what();
  held->lend(reader_one);
  auto let_go = store->take(mib);
  const auto other = let_go->what();
  let_go->lend(reader_one);
  let_go.reset();
  auto of_another = store->take(mib);
  of_another->lend(reader_two);
  store->lost(reader_one);
  EXPECT_EQ(blocks_of(*other), 0U);
  // A task that is sent once more still has its arguments.
  EXPECT_GT(blocks_of(*memory), mib);
  held->lend(reader_two);
  read(*memory);
  held.reset();
  EXPECT_EQ(blocks_of(*memory), 0U);
  EXPECT_EQ(store->used().segments, 1U);
}

TEST_F(SegmentStoreTest, SaysWhatWasWantedAndWhatIsThere) {
  const auto store = make({.bytes_max = 200 * mib, .optional_bytes_max = 64 * mib});
  auto lease = store->take(100 * mib);
  try {
    store->take(150 * mib);
    ADD_FAILURE() << "It was there.";
  } catch (const shared_memory_full& full) {
    const std::string why = full.what();
    EXPECT_NE(why.find(std::to_string(150 * mib) + " bytes, found "), std::string::npos) << why;
    EXPECT_NE(why.find("of the " + std::to_string(200 * mib)), std::string::npos) << why;
  }
  EXPECT_EQ(store->used().segments, 1U);
  // Those that can go without get none, and others find what is left.
  EXPECT_TRUE(store->take(64 * mib));
  auto all = store->take(80 * mib);
  EXPECT_FALSE(store->take(64 * mib));
  // Free ones make room.
  all.reset();
  EXPECT_TRUE(store->take(90 * mib));
}

TEST_F(SegmentStoreTest, MakesNoMoreThanItsNumberForValuesThatCanGoWithout) {
  const auto store = make({.count_max = 3});
  std::vector<std::unique_ptr<segment_store::lease>> leases;
  for (int i = 0; i < 3; ++i) leases.push_back(store->take(mib));
  EXPECT_FALSE(store->take(mib));
  EXPECT_TRUE(store->take(65 * mib));
  EXPECT_TRUE(store->take(mib, segment_store::wanted::in_any_case));
  leases.pop_back();
  EXPECT_TRUE(store->take(20 * mib));
}

TEST_F(SegmentStoreTest, KeepsNothingWhenItIsClosed) {
  auto store = make();
  auto lease = store->take(mib);
  store->take(mib).reset();
  const auto times = asked.size();
  store->close();
  EXPECT_EQ(store->used().segments, 1U);
  const auto memory = lease->what();
  store.reset();
  lease.reset();
  EXPECT_EQ(blocks_of(*memory), 0U);
  EXPECT_EQ(asked.size(), times);
}

TEST_F(SegmentStoreTest, WaitsUntilReadersHaveHeard) {
  const auto store = make({.unheard_bytes_max = 3 * mib});
  std::vector<std::shared_ptr<segment>> lent;
  int sent = 0;
  for (int i = 0; i < 2; ++i) {
    auto lease = store->take(mib);
    lease->lend(reader_one);
    lent.push_back(lease->what());
    store->wait_until_heard([&] { ++sent; });
  }
  EXPECT_EQ(sent, 0);
  auto third = store->take(mib);
  third->lend(reader_one);
  std::thread reader;
  store->wait_until_heard([&] {
    ++sent;
    reader = std::thread([&] {
      // Through another mapping, as in another process.
      segment_library library;
      std::deque<descriptor> beside;
      beside.push_back(copy_of(*lent[0]));
      library.hear({segment_notice_kind::offered, lent[0]->id(), lent[0]->size_bytes()}, beside);
      library.borrow({payload_kind::segment, {}, {lent[0]->id(), 0, 1}});
    });
  });
  reader.join();
  EXPECT_EQ(sent, 1);
  EXPECT_EQ(lent[0]->header().heard, 1U);
  EXPECT_EQ(lent[0]->header().lent, 0U);
  EXPECT_EQ(lent[1]->header().heard, 0U);
}

TEST_F(SegmentStoreTest, IsUsedByManyThreads) {
  const auto store = segment_store::make({.free_count_max = 2}, [](auto) {});
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      for (int i = 0; i < 200; ++i) {
        auto lease = store->take(static_cast<std::size_t>(64 * kib + 1000 * (i % 50)));
        if (!lease) {
          ++wrong;
          continue;
        }
        auto room = lease->what()->room();
        std::memset(room.data(), number, room.size());
        lease->lend(static_cast<borrower_id>(number) + 1);
        if (i % 7 == 0) store->trim();
        if (std::any_of(room.begin(), room.end(),
                        [&](std::byte each) { return std::to_integer<int>(each) != number; })) {
          ++wrong;
        }
        if (i % 5 == 0) {
          store->lost(static_cast<borrower_id>(number) + 1);
        } else {
          read(*lease->what());
        }
      }
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(store->used().segments, 2U);
}

TEST(FreeMemoryTest, IsSomeAndNotMoreThanThereIs) {
  const auto free = free_memory_bytes();
  EXPECT_GT(free, mib);
  EXPECT_LE(free, static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                      static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) * 4);
}

// --- Values on their way.

TEST(LargeValueTest, GoesWithTheMessageOrIntoASegment) {
  const auto store = segment_store::make({}, [](auto) {});
  const auto most = large_value::segment_bytes_min;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, most - 1, most, most + 1, mib}) {
    large_value value(*store);
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7);
    value.writer().append(bytes);
    const auto where = value.place();
    if (size < most) {
      EXPECT_EQ(where.kind, payload_kind::bytes);
      EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), where.bytes.begin(), where.bytes.end()));
      EXPECT_FALSE(value.segment());
    } else {
      ASSERT_EQ(where.kind, payload_kind::segment);
      EXPECT_EQ(where.place.size, size);
      EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), value.segment()->what()->room().begin()));
    }
  }
}

TEST(LargeValueTest, GrowsAndKeepsWhatWasWritten) {
  const auto store = segment_store::make({}, [](auto) {});
  large_value value(*store);
  std::vector<std::byte> expected;
  for (int i = 0; i < 3000; ++i) {
    const std::vector<std::byte> piece(static_cast<std::size_t>(i % 700),
                                       static_cast<std::byte>(i));
    value.writer().append(piece);
    expected.insert(expected.end(), piece.begin(), piece.end());
  }
  const auto where = value.place();
  ASSERT_EQ(where.kind, payload_kind::segment);
  ASSERT_EQ(where.place.size, expected.size());
  EXPECT_TRUE(
      std::equal(expected.begin(), expected.end(), value.segment()->what()->room().begin()));
}

TEST(LargeValueTest, GoesWithTheMessageWhereThereIsNoSegment) {
  const auto store = segment_store::make({.bytes_max = 0}, [](auto) {});
  large_value small(*store);
  const std::string piece(100 * kib, 'x');
  for (int i = 0; i < 20; ++i) small.writer().append(std::as_bytes(std::span(piece)));
  EXPECT_EQ(small.place().kind, payload_kind::bytes);
  EXPECT_EQ(small.place().kind, payload_kind::bytes);
  large_value large(*store);
  const std::string pieces(30 * mib, 'x');
  large.writer().append(std::as_bytes(std::span(pieces)));
  large.writer().append(std::as_bytes(std::span(pieces)));
  EXPECT_THROW(
      {
        large.writer().append(std::as_bytes(std::span(pieces)));
        large.place();
      },
      shared_memory_full);
}

TEST(LargeValueTest, MovesLateIfItIsTooLargeForAMessage) {
  // Asked once, and refused, and larger than a message in the end.
  const auto store = segment_store::make({.count_max = 0}, [](auto) {});
  large_value value(*store);
  const std::string piece(40 * mib, 'x');
  value.writer().append(std::as_bytes(std::span(piece)));
  EXPECT_FALSE(value.writer().moved());
  value.writer().append(std::as_bytes(std::span(piece)));
  const auto where = value.place();
  EXPECT_EQ(where.kind, payload_kind::segment);
  EXPECT_EQ(where.place.size, 80 * mib);
}

// --- The library.

struct SegmentLibraryTest : public ::testing::TestWithParam<segment_reading> {
  void offer(const segment& what) {
    beside.push_back(copy_of(what));
    library.hear({segment_notice_kind::offered, what.id(), what.size_bytes()}, beside);
  }

  static payload at(std::uint64_t id, std::uint64_t offset, std::uint64_t size) {
    return {payload_kind::segment, {}, {id, offset, size}};
  }

  // Why it refuses a descriptor.
  std::string refusal(descriptor memory, std::uint64_t size) {
    if (memory) beside.push_back(std::move(memory));
    try {
      library.hear({segment_notice_kind::offered, 77, size}, beside);
    } catch (const malformed_message& refused) {
      EXPECT_TRUE(beside.empty());
      return refused.what();
    }
    ADD_FAILURE() << "It was taken.";
    return {};
  }

  std::string refusal(const payload& place) {
    try {
      library.borrow(place);
    } catch (const malformed_message& refused) {
      return refused.what();
    }
    ADD_FAILURE() << "It was borrowed.";
    return {};
  }

  segment_library library{GetParam()};
  std::deque<descriptor> beside;
};

INSTANTIATE_TEST_SUITE_P(Readings, SegmentLibraryTest,
                         ::testing::Values(segment_reading::in_place, segment_reading::copied),
                         [](const auto& info) {
                           return info.param == segment_reading::in_place ? "InPlace" : "Copied";
                         });

TEST_P(SegmentLibraryTest, LendsValuesUntilNobodyKeepsThem) {
  segment what(5, 64 * kib);
  std::iota(reinterpret_cast<unsigned char*>(what.room().data()),
            reinterpret_cast<unsigned char*>(what.room().data()) + 100, 0);
  offer(what);
  for (int i = 0; i < 3; ++i) {
    what.header().lent = 1;
    what.header().heard = 0;
    auto value = library.borrow(at(5, 10, 20));
    EXPECT_EQ(value.kind, payload_kind::bytes);
    ASSERT_EQ(value.bytes.size(), 20U);
    EXPECT_EQ(value.bytes[0], std::byte{10});
    EXPECT_EQ(value.bytes[19], std::byte{29});
    EXPECT_EQ(what.header().heard, 1U);
    EXPECT_EQ(what.header().lent, GetParam() == segment_reading::in_place ? 1U : 0U);
    // Whoever wrote it may change it if it is read in place.
    what.room()[10] = std::byte{99};
    EXPECT_EQ(value.bytes[0],
              GetParam() == segment_reading::in_place ? std::byte{99} : std::byte{10});
    what.room()[10] = std::byte{10};
    auto kept = value.keeper;
    value = {};
    EXPECT_EQ(what.header().lent, GetParam() == segment_reading::in_place ? 1U : 0U);
    kept.reset();
    EXPECT_EQ(what.header().lent, 0U);
  }
}

TEST_P(SegmentLibraryTest, KeepsAValueWhenTheSegmentIsForgottenAndItsOwnerGone) {
  auto what = std::make_optional<segment>(5, 64 * kib);
  std::memset(what->room().data(), 42, 64 * kib);
  offer(*what);
  const auto value = library.borrow(at(5, 0, 64 * kib));
  library.hear({segment_notice_kind::forgotten, 5}, beside);
  what.reset();
  EXPECT_TRUE(std::all_of(value.bytes.begin(), value.bytes.end(),
                          [](std::byte each) { return each == std::byte{42}; }));
  EXPECT_NE(refusal(at(5, 0, 1)).find("unknown"), std::string::npos);
}

TEST_P(SegmentLibraryTest, LeavesOtherValuesAsTheyAre) {
  const std::vector<std::byte> bytes(10);
  const auto value = library.borrow({payload_kind::bytes, bytes});
  EXPECT_EQ(value.bytes.data(), bytes.data());
  EXPECT_EQ(library.borrow({payload_kind::nothing}).kind, payload_kind::nothing);
}

TEST_P(SegmentLibraryTest, RefusesPlacesThatAreNone) {
  segment what(5, 64 * kib);
  offer(what);
  EXPECT_NE(refusal(at(6, 0, 1)).find("unknown segment"), std::string::npos);
  for (const auto& [offset, size] :
       std::initializer_list<std::pair<std::uint64_t, std::uint64_t>>{{0, 64 * kib + 1},
                                                                      {1, 64 * kib},
                                                                      {64 * kib + 1, 0},
                                                                      {UINT64_MAX, 1},
                                                                      {1, UINT64_MAX},
                                                                      {UINT64_MAX, UINT64_MAX},
                                                                      {UINT64_MAX - 10, 20}}) {
    EXPECT_NE(refusal(at(5, offset, size)).find("in a segment of"), std::string::npos);
  }
  EXPECT_EQ(library.borrow(at(5, 64 * kib, 0)).bytes.size(), 0U);
  const auto value = library.borrow(at(5, 0, 1));
  if (GetParam() == segment_reading::in_place) {
    EXPECT_NE(refusal(at(5, 0, 1)).find("with another one"), std::string::npos);
  }
}

TEST_P(SegmentLibraryTest, RefusesOffersThatCannotBeTrusted) {
  const std::size_t size = 8 * kib;
  const auto memory = [&](bool filled, unsigned seals) {
    descriptor out(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_EQ(ftruncate(out.get(), size), 0);
    if (filled) {
      EXPECT_EQ(posix_fallocate(out.get(), 0, size), 0);
    }
    EXPECT_EQ(fcntl(out.get(), F_ADD_SEALS, seals), 0);
    return out;
  };
  const unsigned both = F_SEAL_SHRINK | F_SEAL_GROW;
  EXPECT_NE(refusal(descriptor(), size).find("without a descriptor"), std::string::npos);
  EXPECT_NE(refusal(memory(true, 0), size).find("not sealed"), std::string::npos);
  EXPECT_NE(refusal(memory(true, F_SEAL_SHRINK), size).find("not sealed"), std::string::npos);
  EXPECT_NE(refusal(memory(true, F_SEAL_GROW), size).find("not sealed"), std::string::npos);
  EXPECT_NE(refusal(memory(false, both), size).find("without its memory"), std::string::npos);
  for (const std::uint64_t said : {std::uint64_t{0}, size - 1, size + 1, UINT64_MAX}) {
    EXPECT_NE(refusal(memory(true, both), said).find("was said to"), std::string::npos);
  }
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  EXPECT_NE(refusal(descriptor(ends[0]), size).find("another kind"), std::string::npos);
  EXPECT_NE(refusal(descriptor(ends[1]), size).find("another kind"), std::string::npos);
  EXPECT_NE(refusal(descriptor(eventfd(0, EFD_CLOEXEC)), size).find("another kind"),
            std::string::npos);
  EXPECT_NE(
      refusal(descriptor(open("/proc/self/exe", O_RDONLY | O_CLOEXEC)), size).find("another kind"),
      std::string::npos);
  // What is all right is taken once.
  beside.push_back(memory(true, both));
  library.hear({segment_notice_kind::offered, 77, size}, beside);
  EXPECT_NE(refusal(memory(true, both), size).find("second time"), std::string::npos);
  // Forgetting what is not known changes nothing.
  library.hear({segment_notice_kind::forgotten, 1234}, beside);
}

TEST_P(SegmentLibraryTest, KnowsABoundedNumber) {
  segment what(5, 4 * kib);
  for (std::uint64_t id = 0; id < 4096; ++id) {
    beside.push_back(copy_of(what));
    ASSERT_TRUE(beside.back()) << std::strerror(errno);
    try {
      library.hear({segment_notice_kind::offered, id, what.size_bytes()}, beside);
    } catch (const std::system_error&) {
      GTEST_SKIP() << "This process may not have so many descriptors or mappings.";
    }
  }
  beside.push_back(copy_of(what));
  EXPECT_THROW(library.hear({segment_notice_kind::offered, 5000, what.size_bytes()}, beside),
               malformed_message);
  EXPECT_TRUE(beside.empty());
}

// --- Bytes and descriptors on a socket.

std::pair<descriptor, descriptor> sockets() {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {descriptor(ends[0]), descriptor(ends[1])};
}

// A descriptor that can be told from others.
std::shared_ptr<const descriptor> numbered(std::uint64_t number) {
  return std::make_shared<descriptor>(
      eventfd(static_cast<unsigned>(number), EFD_CLOEXEC | EFD_NONBLOCK));
}

std::uint64_t number_of(const descriptor& counter) {
  std::uint64_t out = 0;
  return ::read(counter.get(), &out, sizeof out) == sizeof out ? out : 0;
}

TEST(LaneQueueTest, KeepsDescriptorsInTheirPlaceHoweverLittleIsSent) {
  auto [from, to] = sockets();
  const int room = 4096;
  setsockopt(from.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  lane_queue queue;
  std::vector<std::size_t> places;
  std::vector<unsigned char> expected;
  for (int i = 0; i < 60; ++i) {
    queue.append(numbered(static_cast<std::uint64_t>(i) + 1));
    places.push_back(expected.size());
    std::vector<unsigned char> bytes(static_cast<std::size_t>(1 + i * i * 7 % 9001));
    for (auto& each : bytes) each = static_cast<unsigned char>(expected.size() + i);
    queue.append(std::as_bytes(std::span(bytes)));
    expected.insert(expected.end(), bytes.begin(), bytes.end());
    // And bytes without one.
    queue.append(std::as_bytes(std::span("and more")));
    const std::string_view more("and more", 9);
    expected.insert(expected.end(), more.begin(), more.end());
  }
  EXPECT_EQ(queue.size(), expected.size());
  std::vector<unsigned char> got;
  std::deque<descriptor> beside;
  std::size_t blocked = 0;
  while (got.size() < expected.size()) {
    const auto how = queue.send(from.get(), MSG_DONTWAIT);
    ASSERT_NE(how, lane_queue::sent::broken);
    blocked += how == lane_queue::sent::some ? 1 : 0;
    std::byte block[777];
    const auto size = receive(to.get(), block, MSG_DONTWAIT, beside);
    ASSERT_GT(size, 0);
    const auto* const first = reinterpret_cast<const unsigned char*>(block);
    got.insert(got.end(), first, first + size);
    // Whatever bytes are there, the descriptors in front of them are, too.
    const auto there = std::count_if(places.begin(), places.end(),
                                     [&](std::size_t at) { return at < got.size(); });
    ASSERT_GE(beside.size(), static_cast<std::size_t>(there));
    ASSERT_LE(beside.size(), static_cast<std::size_t>(there) + 1);
  }
  EXPECT_EQ(got, expected);
  EXPECT_GT(blocked, 0U);
  ASSERT_EQ(beside.size(), 60U);
  for (std::uint64_t i = 0; i < 60; ++i) EXPECT_EQ(number_of(beside[i]), i + 1);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(LaneQueueTest, TellsThatNobodyWillRead) {
  auto [from, to] = sockets();
  to = descriptor();
  to.close();
  lane_queue queue;
  queue.append(numbered(1));
  queue.append(std::as_bytes(std::span("words")));
  EXPECT_EQ(queue.send(from.get(), MSG_DONTWAIT), lane_queue::sent::broken);
}

// Sends so many descriptors with one byte.
void send_descriptors(int socket, std::size_t count) {
  const descriptor some(eventfd(0, EFD_CLOEXEC));
  std::vector<int> numbers(count, some.get());
  std::vector<char> room(CMSG_SPACE(count * sizeof(int)));
  char byte = 'x';
  iovec bytes{&byte, 1};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = room.data();
  message.msg_controllen = room.size();
  auto* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(header), numbers.data(), count * sizeof(int));
  ASSERT_EQ(sendmsg(socket, &message, 0), 1);
}

std::size_t open_descriptors() {
  std::size_t out = 0;
  for (int number = 0; number < 1024; ++number) out += fcntl(number, F_GETFD) >= 0 ? 1 : 0;
  return out;
}

TEST(LaneQueueTest, RefusesSeveralDescriptorsAtOnceAndLeaksNone) {
  auto [from, to] = sockets();
  const auto before = open_descriptors();
  for (const std::size_t count : {2, 3, 100, 253}) {
    send_descriptors(from.get(), count);
    std::deque<descriptor> beside;
    std::byte block[16];
    EXPECT_THROW(receive(to.get(), block, 0, beside), malformed_message);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(LaneQueueTest, RefusesADescriptorForWhichThereIsNoRoom) {
  auto [from, to] = sockets();
  send_descriptors(from.get(), 1);
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  const auto before = open_descriptors();
  const rlimit none{3, usual.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  std::deque<descriptor> beside;
  std::byte block[16];
  EXPECT_THROW(receive(to.get(), block, 0, beside), malformed_message);
  EXPECT_TRUE(beside.empty());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &usual), 0);
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace offstage
