// Values of every size, to worker processes and back, and what is left of their memory afterwards.

#include <dirent.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "messages/capnp_value.h"
#include "tests/node/picture.capnp.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};
constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr std::size_t segment_from = 64 * kib;  // As large_value says.

bool thorough() { return std::getenv("OFFSTAGE_LONG") != nullptr; }

// Bytes that differ from place to place, and from seed to seed.
std::vector<std::uint64_t> row(std::size_t count, std::uint64_t seed) {
  std::vector<std::uint64_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = (i + seed) * 0x9e3779b97f4a7c15ULL;
  return out;
}

std::uint64_t sum_of(const std::vector<std::uint64_t>& values) {
  std::uint64_t out = values.size();
  for (const auto each : values) out = out * 31 + each;
  return out;
}

std::string text(std::size_t size, char seed) {
  std::string out(size, seed);
  for (std::size_t i = 0; i < size; i += 997) out[i] = static_cast<char>('a' + i % 26);
  return out;
}

std::size_t hash_of(const std::string& value) { return std::hash<std::string>()(value); }

// --- Values of a schema.

using picture = capnp_value<Picture>;

picture make_picture(std::uint32_t pixels, std::uint64_t seed) {
  return picture::build([&](Picture::Builder out) {
    out.setName("number " + std::to_string(seed));
    auto values = out.initPixels(pixels);
    for (std::uint32_t i = 0; i < pixels; ++i) values.set(i, seed * 1000003 + i);
  });
}

bool is_picture(const picture& value, std::uint32_t pixels, std::uint64_t seed) {
  const auto reader = value.reader();
  if (reader.getPixels().size() != pixels) return false;
  for (std::uint32_t i = 0; i < pixels; ++i) {
    if (reader.getPixels()[i] != seed * 1000003 + i) return false;
  }
  return std::string(reader.getName().cStr()) == "number " + std::to_string(seed);
}

// True if its words are where another process has put them.
bool lies_in_a_segment(const void* place) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("memfd:offstage-segment") == line.npos) continue;
    std::size_t used = 0;
    const auto begin = std::stoull(line, &used, 16);
    const auto end = std::stoull(line.substr(used + 1), nullptr, 16);
    const auto at = reinterpret_cast<std::uintptr_t>(place);
    if (begin <= at && at < end) return true;
  }
  return false;
}

bool is_read_in_place(const picture& value) {
  const auto at = value.reader().getName();
  return lies_in_a_segment(at.begin());
}

// --- What a process has of segments.

// The files behind those that this process has mapped.
std::set<std::string> own_segments() {
  std::ifstream maps("/proc/self/maps");
  std::set<std::string> out;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("memfd:offstage-segment") == line.npos) continue;
    std::istringstream words(line);
    std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    out.insert(all.at(4));
  }
  return out;
}

void crash_with(event begun, event go, const picture&) {
  begun.set();
  go.wait();
  ::raise(SIGKILL);
}

std::size_t segment_mappings(int process) {
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  std::size_t out = 0;
  for (std::string line; std::getline(maps, line);) {
    out += line.find("memfd:offstage-segment") != line.npos ? 1 : 0;
  }
  return out;
}

std::size_t segment_descriptors(int process) {
  const auto folder = "/proc/" + std::to_string(process) + "/fd";
  DIR* const open = ::opendir(folder.c_str());
  if (open == nullptr) return 0;
  std::size_t out = 0;
  while (const auto* entry = ::readdir(open)) {
    char where[256] = {};
    if (::readlink((folder + "/" + entry->d_name).c_str(), where, sizeof where - 1) > 0) {
      out += std::strstr(where, "memfd:offstage-segment") != nullptr ? 1 : 0;
    }
  }
  ::closedir(open);
  return out;
}

// --- Values that say that they are large.

// Nobody has so much.
constexpr std::size_t much_too_large = std::size_t{1} << 44;

struct boundless {
  std::size_t size_bytes = 0;
};

}  // namespace

template <>
struct codec<boundless> {
  static void encode(byte_writer& writer, const boundless& value) {
    writer.write(value.size_bytes);
    // Addresses, and no memory behind them.
    void* const nothing = mmap(nullptr, value.size_bytes, PROT_READ,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(nothing, MAP_FAILED);
    struct unmapped {
      void* at;
      std::size_t size;
      ~unmapped() { munmap(at, size); }
    } const until_then{nothing, value.size_bytes};
    writer.append({static_cast<const std::byte*>(nothing), value.size_bytes});
  }
  static boundless decode(byte_reader& reader) {
    const auto size = reader.read<std::size_t>();
    reader.take(size, "boundless");
    return {size};
  }
};

namespace {

// --- Tasks.

int own_process() { return ::getpid(); }
void wait_for_ever(event begun) {
  begun.set();
  for (;;) ::pause();
}
[[noreturn]] void crash_when(event go, const std::string&) {
  go.wait();
  ::raise(SIGKILL);
  std::abort();
}

std::vector<std::uint64_t> scaled(std::vector<std::uint64_t> values, std::uint64_t factor) {
  for (auto& each : values) each *= factor;
  return values;
}

struct send_rows {
  class future_type : public custom_future<future_type, std::size_t> {
   public:
    future_type() = default;
    explicit future_type(ref<future_core> core) : custom_future(std::move(core)) {}
    template <class T, class Observer>
    subscription on(std::string name, Observer observer) const {
      return on_message<T>(std::move(name), std::move(observer));
    }
  };

  std::size_t count = 0;
  std::size_t size = 0;

  std::size_t operator()(task_channel& channel) const {
    for (std::size_t i = 0; i < count; ++i) {
      channel.send("row", row(size, i));
      channel.send("picture", make_picture(static_cast<std::uint32_t>(size), i));
    }
    return count;
  }
};

template <class Inspector>
auto inspect(Inspector& f, send_rows& x) {
  return f(x.count, x.size);
}

struct LargeValues : public ::testing::Test {
  explicit LargeValues(bool untrusted = false) : context({.untrusted_workers = untrusted}) {}

  template <class Future>
  auto result_of(const Future& future) {
    EXPECT_TRUE(loop.run_until(future, guard));
    if (future.state() == future_state::failed) {
      ADD_FAILURE() << future.failure().summary();
    }
    return future.result();
  }

  template <class Future>
  failure failure_of(const Future& future) {
    EXPECT_TRUE(loop.run_until(future, guard));
    EXPECT_EQ(future.state(), future_state::failed);
    return future.state() == future_state::failed ? future.failure() : failure();
  }

  int worker() { return result_of(submit_call(*user, own_process)); }

  // True once there is nothing left of segments, here and in the worker.
  bool nothing_is_left(int process) {
    const auto none = [&] {
      return segment_mappings(process) == 0 && segment_descriptors(process) == 0 &&
             segment_mappings(::getpid()) == 0 && segment_descriptors(::getpid()) == 0;
    };
    // Woken by nothing: the loop looks again every moment, since processes tell nobody what they
    // have let go.
    const auto end = std::chrono::steady_clock::now() + guard;
    while (!none() && std::chrono::steady_clock::now() < end) {
      loop.run_until([] { return false; }, std::chrono::milliseconds(20));
    }
    return none();
  }

  manual_loop loop;
  multiprocessing_context context;
  std::optional<executor> user{std::in_place, loop,
                               executor_options{.context = &context, .worker_count = 1}};
};

class LargeValuesTest : public LargeValues, public ::testing::WithParamInterface<bool> {
 protected:
  LargeValuesTest() : LargeValues(GetParam()) {}
};

INSTANTIATE_TEST_SUITE_P(Workers, LargeValuesTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Untrusted" : "Trusted"; });

TEST_P(LargeValuesTest, CrossWhateverTheirSize) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, segment_from - 16, segment_from - 10, segment_from - 9,
        segment_from - 1, segment_from, segment_from + 1, 100 * kib, mib, 10 * mib + 3,
        100 * mib}) {
    EXPECT_EQ(result_of(submit_call(*user, hash_of, text(size, 'x'))), hash_of(text(size, 'x')))
        << size;
    EXPECT_EQ(result_of(submit_call(*user, text, size, 'y')), text(size, 'y')) << size;
    const auto numbers = row(size / 8, size);
    EXPECT_EQ(sum_of(result_of(submit_call(*user, scaled, numbers, 3))), sum_of(scaled(numbers, 3)))
        << size;
  }
}

TEST_P(LargeValuesTest, CrossWhenTheyGrowPieceByPiece) {
  // Its size is not known before the last piece is written.
  const auto make = [](std::size_t pieces) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < pieces; ++i) out.push_back(text(i % 1000, 'z'));
    return out;
  };
  for (const std::size_t pieces : {100, 200, 1000, 20000}) {
    const auto length = [](const std::vector<std::string>& values) { return values; };
    EXPECT_EQ(result_of(submit_call(*user, length, make(pieces))), make(pieces)) << pieces;
  }
}

TEST_P(LargeValuesTest, CrossAsItemsAndReportsInOrder) {
  // Far more than the credit of a task.
  constexpr std::size_t count = 40;
  constexpr std::size_t size = mib / 8;
  std::size_t items = 0;
  auto iteration = submit_iteration(
      *user,
      [](std::size_t to) -> generator<std::vector<std::uint64_t>> {
        for (std::size_t i = 0; i < to; ++i) co_yield row(size, i);
      },
      count);
  iteration.on_item([&](const std::vector<std::uint64_t>& item) {
    EXPECT_EQ(sum_of(item), sum_of(row(size, items)));
    ++items;
  });
  ASSERT_TRUE(loop.run_until(iteration, guard));
  EXPECT_EQ(iteration.state(), future_state::completed);
  EXPECT_EQ(items, count);

  std::uint64_t reports = 0;
  auto reporting = submit_progress(
      *user,
      [](progress<picture>& report, std::uint64_t to) {
        for (std::uint64_t i = 0; i < to; ++i) report(make_picture(size, i));
      },
      count);
  reporting.on_progress([&](const picture& report) {
    EXPECT_TRUE(is_picture(report, size, reports));
    ++reports;
  });
  ASSERT_TRUE(loop.run_until(reporting, guard));
  EXPECT_EQ(reports, count);
}

TEST_P(LargeValuesTest, CrossAsMessagesOfTheUsersOwn) {
  // Small ones and large ones.
  for (const auto& [count, size] : {std::pair<std::size_t, std::size_t>{5000, 3}, {30, mib / 8}}) {
    auto future = user->submit(send_rows{count, size});
    std::size_t rows = 0;
    std::size_t pictures = 0;
    future.on<std::vector<std::uint64_t>>("row", [&, size = size](const auto& value) {
      EXPECT_EQ(sum_of(value), sum_of(row(size, rows)));
      ++rows;
    });
    future.on<picture>("picture", [&, size = size](const picture& value) {
      EXPECT_TRUE(is_picture(value, static_cast<std::uint32_t>(size), pictures));
      ++pictures;
    });
    EXPECT_EQ(result_of(future), count);
    EXPECT_EQ(rows, count);
    EXPECT_EQ(pictures, count);
  }
}

// Sends values that keep eight times the bytes that they are encoded in.
struct send_flags {
  using future_type = send_rows::future_type;
  std::size_t operator()(task_channel& channel) const {
    for (std::size_t i = 0; i < 3000; ++i) channel.send("flags", std::vector<bool>(8000, true));
    return 3000;
  }
};

TEST_P(LargeValuesTest, RepayAllOfTheCreditOfMessagesOfTheUsersOwn) {
  auto future = user->submit(send_flags());
  std::size_t seen = 0;
  future.on<std::vector<bool>>("flags", [&](const auto&) { ++seen; });
  // What is not repaid adds up, and holds the task for ever.
  EXPECT_EQ(result_of(future), 3000U);
  EXPECT_EQ(seen, 3000U);
}

TEST_P(LargeValuesTest, CrossAsLatestValuesOfWhichTheLastIsDelivered) {
  constexpr std::size_t size = mib / 4;
  constexpr std::size_t count = 200;
  std::uint64_t last = 0;
  std::size_t times = 0;
  const auto process = worker();
  auto future = submit_progress(
      *user, progress_options{.deliver = delivery::latest_value},
      [](progress<std::vector<std::uint64_t>>& report, std::size_t to) {
        for (std::size_t i = 0; i <= to; ++i) report(row(size, i));
      },
      count);
  std::size_t most = 0;
  future.on_progress([&](const std::vector<std::uint64_t>& value) {
    ++times;
    last = sum_of(value);
    most = std::max(most, segment_descriptors(process));
  });
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.state(), future_state::completed);
  EXPECT_EQ(last, sum_of(row(size, count)));
  EXPECT_LE(times, count + 1);
  // The worker waited for its parent to hear of them, and did not fill the memory.
  EXPECT_LE(most, 16U);
}

TEST_P(LargeValuesTest, KeepTheirMemoryWhileAValueLives) {
  const auto process = worker();
  auto future = submit_call(*user, make_picture, 100000, 7);
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(is_read_in_place(future.result()), !GetParam());
  picture kept = future.result();
  future = {};
  // Others use other memory meanwhile.
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(is_picture(result_of(submit_call(*user, make_picture, 100000, i)), 100000, i));
  }
  EXPECT_TRUE(is_picture(kept, 100000, 7));
  const auto begun = context.make_event();
  auto stuck = submit_call(*user, wait_for_ever, begun);
  // Or else another worker would run it.
  begun.wait();
  ::kill(process, SIGKILL);
  ASSERT_TRUE(loop.run_until(stuck, guard));
  EXPECT_EQ(stuck.state(), future_state::failed);
  EXPECT_TRUE(is_picture(kept, 100000, 7));
  user.reset();
  context.close();
  EXPECT_TRUE(is_picture(kept, 100000, 7));
  kept = {};
  EXPECT_TRUE(nothing_is_left(process));
}

TEST_P(LargeValuesTest, GiveTheirMemoryBack) {
  const auto process = worker();
  for (int i = 0; i < 20; ++i) {
    auto there = submit_call(*user, hash_of, text(16 * mib, 'x'));
    auto back = submit_call(*user, text, 16 * mib, 'y');
    ASSERT_TRUE(loop.run_until(there, guard));
    ASSERT_TRUE(loop.run_until(back, guard));
    // The same memory again and again.
    EXPECT_LE(segment_descriptors(::getpid()) + segment_descriptors(process), 6U);
  }
  EXPECT_GT(segment_descriptors(::getpid()) + segment_descriptors(process), 0U);
  EXPECT_TRUE(nothing_is_left(process));
  // And there is memory again when it is wanted.
  EXPECT_EQ(result_of(submit_call(*user, text, mib, 'y')), text(mib, 'y'));
}

TEST_P(LargeValuesTest, GiveBackTheMemoryOfTasksThatNeverRan) {
  const auto process = worker();
  const auto begun = context.make_event();
  const auto go = context.make_event();
  auto first = submit_call(
      *user,
      [](event here, event on) {
        here.set();
        on.wait();
      },
      begun, go);
  begun.wait();
  // Some of them in the worker's hand, others in the line.
  std::vector<call_future<std::size_t>> waiting;
  for (int i = 0; i < 12; ++i) {
    waiting.push_back(submit_call(*user, hash_of, text(mib, static_cast<char>('a' + i))));
  }
  for (const auto& each : waiting) each.cancel();
  go.set();
  for (const auto& each : waiting) {
    ASSERT_TRUE(loop.run_until(each, guard));
    EXPECT_EQ(each.state(), future_state::cancelled);
  }
  ASSERT_TRUE(loop.run_until(first, guard));
  // Although the futures live on.
  EXPECT_TRUE(nothing_is_left(process));
}

TEST_P(LargeValuesTest, StayWithTasksThatAreRunByAnotherWorker) {
  const auto go = context.make_event();
  auto crashing = submit_call(*user, crash_when, go, text(mib, '!'));
  std::vector<call_future<std::size_t>> others;
  for (int i = 0; i < 6; ++i) {
    others.push_back(submit_call(*user, hash_of, text(mib, static_cast<char>('a' + i))));
  }
  go.set();
  EXPECT_EQ(failure_of(crashing).kind, failure_kind::infrastructure);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(result_of(others[static_cast<std::size_t>(i)]),
              hash_of(text(mib, static_cast<char>('a' + i))));
  }
  // What the dead worker had is not used again, and not kept.
  EXPECT_TRUE(nothing_is_left(worker()));
}

// A process that the dead one has forked may still look at it.
TEST_P(LargeValuesTest, LeaveMemoryThatADeadWorkerHadToNobodyElse) {
  const auto begun = context.make_event();
  const auto go = context.make_event();
  auto crashing = submit_call(*user, crash_with, begun, go, make_picture(100000, 1));
  ASSERT_TRUE(begun.wait_for(guard));
  const auto had = own_segments();
  ASSERT_EQ(had.size(), 1U);
  go.set();
  EXPECT_EQ(failure_of(crashing).kind, failure_kind::infrastructure);
  const auto next_begun = context.make_event();
  const auto next_go = context.make_event();
  auto next = submit_call(*user, crash_with, next_begun, next_go, make_picture(100000, 2));
  ASSERT_TRUE(next_begun.wait_for(guard));
  const auto has = own_segments();
  next_go.set();
  EXPECT_FALSE(has.contains(*had.begin()) && has.size() == 1);
  EXPECT_EQ(failure_of(next).kind, failure_kind::infrastructure);
  EXPECT_TRUE(nothing_is_left(worker()));
}

TEST_P(LargeValuesTest, AreKeptByArgumentsThatOutliveTheirTask) {
  const auto keep = [](picture value) {
    static std::vector<picture> all;
    all.push_back(std::move(value));
    std::uint64_t number = 0;
    for (const auto& each : all) {
      if (!is_picture(each, 50000, number++)) return std::size_t{0};
      if (!is_read_in_place(each)) return std::size_t{0};
    }
    return all.size();
  };
  for (std::uint64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(result_of(submit_call(*user, keep, make_picture(50000, i))), i + 1);
  }
}

TEST_P(LargeValuesTest, ManyOfThemAtATimeGoWithoutSegments) {
  // More than there are segments.
  std::vector<call_future<picture>> all;
  for (std::uint64_t i = 0; i < 300; ++i) {
    all.push_back(submit_call(*user, make_picture, 20000, i));
  }
  for (std::uint64_t i = 0; i < 300; ++i) {
    EXPECT_TRUE(is_picture(result_of(all[i]), 20000, i)) << i;
  }
  EXPECT_LE(segment_descriptors(worker()), 128U);
  std::vector<call_future<std::size_t>> others;
  for (int i = 0; i < 300; ++i) {
    others.push_back(
        submit_call(*user, hash_of, text(100 * kib + static_cast<std::size_t>(i), 'x')));
  }
  EXPECT_LE(segment_descriptors(::getpid()), 128U);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(result_of(others[static_cast<std::size_t>(i)]),
              hash_of(text(100 * kib + static_cast<std::size_t>(i), 'x')));
  }
}

TEST_P(LargeValuesTest, AreRefusedWhereThereIsNoMemory) {
  const auto take = [](const boundless& value) { return value.size_bytes; };
  const auto give = [](std::size_t size) { return boundless{size}; };
  EXPECT_EQ(result_of(submit_call(*user, take, boundless{mib})), mib);
  try {
    submit_call(*user, take, boundless{much_too_large});
    ADD_FAILURE() << "It was taken.";
  } catch (const std::exception& refused) {
    const std::string why = refused.what();
    // With the place of the function, and the size.
    EXPECT_NE(why.find("expected shared memory for its " + std::to_string(much_too_large + 20)),
              std::string::npos)
        << why;
    EXPECT_NE(why.find("found "), std::string::npos) << why;
  }
  const auto process = worker();
  const auto why = failure_of(submit_call(*user, give, much_too_large));
  EXPECT_EQ(why.kind, failure_kind::encoding);
  EXPECT_NE(why.what.find("expected shared memory for its " + std::to_string(much_too_large + 8)),
            std::string::npos)
      << why.what;
  // Nothing else was harmed.
  EXPECT_EQ(worker(), process);
  EXPECT_EQ(result_of(submit_call(*user, give, mib)).size_bytes, mib);
}

TEST_P(LargeValuesTest, MayBeLargerThanTwoGiB) {
  if (!thorough()) GTEST_SKIP() << "takes 8 GiB of memory; tools/test --long runs it";
  const std::size_t size = 2150 * mib + 5;
  {
    EXPECT_EQ(
        result_of(submit_call(
            *user, [](const std::string& value) { return value.size(); }, std::string(size, 'x'))),
        size);
  }
  auto back = submit_call(
      *user, [](std::size_t length) { return std::string(length, 'y'); }, size);
  ASSERT_TRUE(loop.run_until(back, 4 * guard));
  ASSERT_EQ(back.state(), future_state::completed);
  const auto value = back.take_result();
  EXPECT_EQ(value.size(), size);
  EXPECT_EQ(static_cast<std::size_t>(std::count(value.begin(), value.end(), 'y')), size);
}

// --- Values of a schema, in both contexts.

template <class Context>
struct CapnpValueJourneyTest : public ::testing::Test {
  manual_loop loop;
  Context context;
  executor user{loop, {.context = &context, .worker_count = 2}};
};

using contexts = ::testing::Types<multithreading_context, multiprocessing_context>;
TYPED_TEST_SUITE(CapnpValueJourneyTest, contexts);

TYPED_TEST(CapnpValueJourneyTest, IsArgumentItemReportAndResult) {
  for (const std::uint32_t pixels : {0U, 1U, 5000U, 10000U, 1000000U}) {
    auto future = submit_progress(
        this->user,
        [](progress<picture>& report, const picture& from, picture copy) {
          report(from);
          const auto size = from->getPixels().size();
          report(make_picture(size, 2));
          return copy;
        },
        make_picture(pixels, 1), make_picture(pixels, 3));
    std::uint64_t seen = 0;
    future.on_progress(
        [&](const picture& report) { EXPECT_TRUE(is_picture(report, pixels, ++seen)); });
    ASSERT_TRUE(this->loop.run_until(future, guard));
    ASSERT_EQ(future.state(), future_state::completed);
    EXPECT_EQ(seen, 2U);
    EXPECT_TRUE(is_picture(future.result(), pixels, 3));

    auto items = submit_iteration(
        this->user,
        [](picture from) -> generator<picture, picture> {
          co_yield from;
          co_yield make_picture(from->getPixels().size(), 2);
          co_return from;
        },
        make_picture(pixels, 1));
    seen = 0;
    items.on_item([&](const picture& item) { EXPECT_TRUE(is_picture(item, pixels, ++seen)); });
    ASSERT_TRUE(this->loop.run_until(items, guard));
    EXPECT_EQ(seen, 2U);
    EXPECT_TRUE(is_picture(items.result(), pixels, 1));
  }
}

}  // namespace
}  // namespace offstage
