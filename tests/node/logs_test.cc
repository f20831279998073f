// The records of worker processes, in the log of the application.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "actors/log/log.h"
#include "actors/offstage.h"
#include "tests/support/log_capture.h"
#include "tests/support/processes.h"

namespace offstage {
namespace {

using testing::log_capture;
using testing::process_context;

constexpr std::chrono::seconds guard{60};

int write_one(const std::string& text) {
  write_log(log_level::warning, text);
  return getpid();
}

void write_in_all_rooms() {
  for (std::size_t room = 0; room < log_room_count; ++room) {
    for (const auto level : {log_level::trace, log_level::debug, log_level::info,
                             log_level::warning, log_level::error, log_level::off}) {
      log::write(static_cast<log_room>(room), level, "from there");
    }
  }
}

void write_numbers(int count) {
  for (int i = 0; i < count; ++i) write_log(log_level::warning, "number " + std::to_string(i));
}

void write_numbers_and_die(int count) {
  write_numbers(count);
  raise(SIGKILL);
}

void write_when_kept(event begun) {
  write_log(log_level::debug, "before");
  begun.set();
  while (!should_log(log_level::debug)) std::this_thread::yield();
  write_log(log_level::debug, "meanwhile");
  while (should_log(log_level::error)) std::this_thread::yield();
  write_log(log_level::error, "after");
}

void set_levels() {
  set_log_level(log_level::off);
  set_log_level(log_room::application, log_level::trace);
}

// The rest of a world: contexts of both kinds promise the same.
template <class Context>
class LogsTest : public ::testing::Test {
 protected:
  template <class Thing>
  bool wait(const Thing& thing) {
    return loop.run_until(thing, guard);
  }

  static constexpr bool in_processes = !std::is_same_v<Context, multithreading_context>;

  manual_loop loop;
  Context context;
  executor user{loop, {.context = &context, .worker_count = 2}};
};

using contexts = ::testing::Types<multithreading_context, process_context>;
TYPED_TEST_SUITE(LogsTest, contexts);

TYPED_TEST(LogsTest, ArriveWithAllThatTheyWereWrittenWith) {
  log_capture log;
  const auto before = std::chrono::system_clock::now();
  auto future = submit_call(this->user, write_one, std::string("a text, \xc3\xa4 and \0", 13));
  ASSERT_TRUE(this->wait(future));
  const auto after = std::chrono::system_clock::now();
  ASSERT_TRUE(log.wait_for(1));
  const auto record = log.records().at(0);
  EXPECT_EQ(record.text, std::string("a text, \xc3\xa4 and \0", 13));
  EXPECT_EQ(record.level, log_level::warning);
  EXPECT_EQ(record.room, log_room::application);
  EXPECT_EQ(record.task, future.id());
  EXPECT_EQ(record.process, future.result());
  EXPECT_EQ(record.process == getpid(), !this->in_processes);
  EXPECT_GE(record.time, before);
  EXPECT_LE(record.time, after);
}

TYPED_TEST(LogsTest, NameTheTaskThatWrote) {
  log_capture log;
  write_log(log_level::warning, "at home");
  ASSERT_TRUE(log.wait_for(1));
  EXPECT_EQ(log.records()[0].task, 0U);
  EXPECT_EQ(log.records()[0].process, getpid());
  std::map<std::uint64_t, std::string> expected;
  std::vector<call_future<int>> futures;
  for (int i = 0; i < 50; ++i) {
    const auto text = "text " + std::to_string(i);
    futures.push_back(submit_call(this->user, write_one, text));
    expected[futures.back().id()] = text;
  }
  ASSERT_EQ(expected.size(), 50U);
  ASSERT_TRUE(log.wait_for(51));
  for (const auto& each : log.records()) {
    if (each.task != 0) {
      EXPECT_EQ(each.text, expected[each.task]);
    }
  }
}

TYPED_TEST(LogsTest, NameTheTaskWhoseStopCallbackWrote) {
  log_capture log;
  const auto begun = this->context.make_event();
  const auto told = this->context.make_event();
  auto future = submit_call(
      this->user,
      [](std::stop_token stop, event here, event asked) {
        std::stop_callback callback(stop, [&] {
          write_log(log_level::warning, "asked to stop");
          asked.set();
        });
        here.set();
        asked.wait();
        // A thread of its own writes for nobody.
        std::thread([] { write_log(log_level::warning, "another thread"); }).join();
      },
      begun, told);
  ASSERT_TRUE(begun.wait_for(guard));
  future.cancel();
  ASSERT_TRUE(this->wait(future));
  ASSERT_TRUE(log.wait_for(2));
  const auto records = log.records();
  EXPECT_EQ(records[0].text, "asked to stop");
  EXPECT_EQ(records[0].task, future.id());
  EXPECT_EQ(records[1].text, "another thread");
  EXPECT_EQ(records[1].task, 0U);
}

TYPED_TEST(LogsTest, AreKeptByTheLevelOfTheirRoom) {
  log_capture log(log_level::off);
  std::size_t expected = 0;
  for (std::size_t room = 0; room < log_room_count; ++room) {
    // Another one for each room; each keeps so many of the five levels.
    set_log_level(static_cast<log_room>(room), static_cast<log_level>(room % 6));
    expected += 5 - room % 6;
  }
  set_log_level(log_room::future, log_level::off);
  expected -= 5 - static_cast<std::size_t>(log_room::future) % 6;
  auto future = submit_call(this->user, write_in_all_rooms);
  ASSERT_TRUE(this->wait(future));
  const auto is_theirs = [](const auto& each) { return each.text == "from there"; };
  EXPECT_TRUE(log.wait_until([&](const auto& records) {
    return std::count_if(records.begin(), records.end(), is_theirs) >=
           static_cast<std::ptrdiff_t>(expected);
  }));
  this->user.shutdown(guard);
  this->context.close();
  for (const auto& each : log.records()) {
    if (!is_theirs(each)) continue;
    --expected;
    EXPECT_GE(static_cast<std::size_t>(each.level), static_cast<std::size_t>(each.room) % 6);
    EXPECT_NE(each.room, log_room::future);
  }
  EXPECT_EQ(expected, 0U);
}

TYPED_TEST(LogsTest, FollowLevelsWhileATaskRuns) {
  log_capture log;
  const auto begun = this->context.make_event();
  auto future = submit_call(this->user, write_when_kept, begun);
  ASSERT_TRUE(begun.wait_for(guard));
  set_log_level(log_room::application, log_level::debug);
  ASSERT_TRUE(log.wait_for(1));
  EXPECT_FALSE(future.done());
  set_log_level(log_level::off);
  ASSERT_TRUE(this->wait(future));
  this->user.shutdown(guard);
  this->context.close();
  ASSERT_EQ(log.records().size(), 1U);
  EXPECT_EQ(log.records()[0].text, "meanwhile");
  EXPECT_EQ(log.records()[0].level, log_level::debug);
}

TYPED_TEST(LogsTest, HaveTheLevelsThatATaskSetsEverywhere) {
  log_capture log;
  auto future = submit_call(this->user, set_levels);
  ASSERT_TRUE(this->wait(future));
  EXPECT_TRUE(should_log(log_level::trace));
  EXPECT_FALSE(should_log(log_level::off));
  EXPECT_FALSE(log::kept(log_room::pool, log_level::error));
}

TYPED_TEST(LogsTest, AreCutWhereTheyAreTooLong) {
  log_capture log;
  for (const std::size_t size : {65535, 65536, 65537, 1000000}) {
    // An odd number of bytes before letters of three bytes each.
    std::string text(size % 3 + 3, 'x');
    while (text.size() < size) text += "\xe2\x82\xac";
    text.resize(size, 'x');
    auto future = submit_call(this->user, write_one, text);
    ASSERT_TRUE(this->wait(future));
    ASSERT_TRUE(log.wait_until([&](const auto& records) { return !records.empty(); }));
    ASSERT_TRUE(
        log.wait_until([&](const auto& records) { return records.back().task == future.id(); }));
    const auto record = log.records().back();
    if (size <= 65536) {
      EXPECT_EQ(record.text, text);
      continue;
    }
    const auto note = "... (" + std::to_string(size) + " bytes)";
    ASSERT_TRUE(record.text.ends_with(note));
    const auto kept = record.text.substr(0, record.text.size() - note.size());
    EXPECT_TRUE(text.starts_with(kept));
    EXPECT_LE(record.text.size(), 65536U);
    EXPECT_GE(record.text.size(), 65534U);
    EXPECT_TRUE(kept.ends_with("\xe2\x82\xac"));
  }
}

TYPED_TEST(LogsTest, AreAllThereWhenTheContextIsClosed) {
  log_capture log;
  std::vector<call_future<void>> futures;
  for (int i = 0; i < 8; ++i) futures.push_back(submit_call(this->user, write_numbers, 100));
  for (const auto& each : futures) ASSERT_TRUE(this->wait(each));
  this->user.shutdown(guard);
  this->context.close();
  std::map<std::uint64_t, int> written;
  for (const auto& each : log.records()) {
    if (each.room != log_room::application) continue;
    EXPECT_EQ(each.text, "number " + std::to_string(written[each.task]++));
  }
  ASSERT_EQ(written.size(), 8U);
  for (const auto& [task, count] : written) EXPECT_EQ(count, 100) << task;
}

class ProcessLogsTest : public LogsTest<process_context> {};

// What a crash leaves behind is there; section 1.10.
TEST_F(ProcessLogsTest, ArriveFromAWorkerThatDiesNext) {
  log_capture log;
  for (int round = 0; round < 20; ++round) {
    auto dying = submit_call(user, write_numbers_and_die, 100);
    ASSERT_TRUE(wait(dying));
    ASSERT_EQ(dying.state(), future_state::failed);
    EXPECT_EQ(dying.failure().kind, failure_kind::infrastructure);
    ASSERT_TRUE(log.wait_until([&](const auto& records) {
      return std::count_if(records.begin(), records.end(),
                           [&](const auto& each) { return each.task == dying.id(); }) == 100;
    })) << round;
  }
}

TEST_F(ProcessLogsTest, ArriveFromSeveralWorkersAtOnce) {
  log_capture log;
  const auto go = context.make_event();
  std::vector<event> begun;
  std::vector<call_future<int>> futures;
  for (int i = 0; i < 2; ++i) {
    begun.push_back(context.make_event());
    futures.push_back(submit_call(
        user,
        [](event here, event all) {
          here.set();
          all.wait();
          write_numbers(500);
          return static_cast<int>(getpid());
        },
        begun.back(), go));
  }
  for (const auto& each : begun) ASSERT_TRUE(each.wait_for(guard));
  go.set();
  for (const auto& each : futures) ASSERT_TRUE(wait(each));
  ASSERT_TRUE(log.wait_for(1000));
  EXPECT_NE(futures[0].result(), futures[1].result());
  std::map<int, int> written;
  for (const auto& each : log.records()) {
    EXPECT_EQ(each.text, "number " + std::to_string(written[each.process]++));
    EXPECT_EQ(each.process, futures[each.task == futures[0].id() ? 0 : 1].result());
  }
  EXPECT_EQ(written[futures[0].result()], 500);
  EXPECT_EQ(written[futures[1].result()], 500);
}

// The process that wrote, and the one in between.
std::pair<int, int> write_in_a_worker_of_its_own(const std::string& text) {
  manual_loop inner_loop;
  multiprocessing_context inner_context;
  executor inner{inner_loop, {.context = &inner_context, .worker_count = 1}};
  auto future = submit_call(
      inner,
      [](const std::string& what) {
        write_log(log_level::debug, what);
        return static_cast<int>(getpid());
      },
      text);
  inner_loop.run_until(future, guard);
  return {future.result(), static_cast<int>(getpid())};
}

TEST_F(ProcessLogsTest, ArriveFromWorkersOfWorkers) {
  log_capture log;
  set_log_level(log_room::application, log_level::debug);
  auto future = submit_call(user, write_in_a_worker_of_its_own, std::string("from far away"));
  ASSERT_TRUE(wait(future));
  ASSERT_EQ(future.state(), future_state::completed);
  ASSERT_TRUE(log.wait_for(1));
  const auto records = log.records();
  EXPECT_EQ(records[0].text, "from far away");
  EXPECT_EQ(records[0].process, future.result().first);
  EXPECT_NE(records[0].process, future.result().second);
  // Numbered by the worker in between.
  EXPECT_NE(records[0].task, 0U);
}

TEST_F(ProcessLogsTest, FollowLevelsInWorkersOfWorkers) {
  log_capture log(log_level::error);
  const auto begun = context.make_event();
  auto future = submit_call(
      user,
      [](event here) {
        manual_loop inner_loop;
        multiprocessing_context inner_context;
        executor inner{inner_loop, {.context = &inner_context, .worker_count = 1}};
        const auto inner_begun = inner_context.make_event();
        auto inside = submit_call(inner, write_when_kept, inner_begun);
        inner_begun.wait();
        here.set();
        inner_loop.run_until(inside, guard);
        return inside.done();
      },
      begun);
  ASSERT_TRUE(begun.wait_for(guard));
  set_log_level(log_level::debug);
  const auto has_it = [](const auto& records) {
    return std::any_of(records.begin(), records.end(),
                       [](const auto& each) { return each.text == "meanwhile"; });
  };
  ASSERT_TRUE(log.wait_until(has_it));
  set_log_level(log_level::off);
  ASSERT_TRUE(wait(future));
  EXPECT_TRUE(future.result());
  EXPECT_EQ(log.count("before"), 0);
  EXPECT_EQ(log.count("after"), 0);
}

// A sink that lets nobody go before it is opened, and counts.
class counting_gate {
 public:
  counting_gate() {
    set_log_sink([shared = shared_](const log_record& each) {
      std::unique_lock lock(shared->mutex);
      ++shared->reached;
      shared->changed.notify_all();
      shared->changed.wait(lock, [&] { return shared->open; });
      std::size_t number = 0;
      if (std::sscanf(std::string(each.text).c_str(), "number %zu", &number) == 1) {
        ++shared->delivered;
        shared->in_order = shared->in_order && number >= shared->next;
        shared->next = number + 1;
      } else if (std::sscanf(std::string(each.text).c_str(), "%zu record", &number) == 1) {
        shared->dropped += number;
      }
      shared->changed.notify_all();
    });
  }
  ~counting_gate() {
    open();
    set_log_sink(nullptr);
  }
  counting_gate(const counting_gate&) = delete;
  counting_gate& operator=(const counting_gate&) = delete;

  std::size_t reached() const {
    std::lock_guard lock(shared_->mutex);
    return shared_->reached;
  }
  bool wait_until_reached() {
    std::unique_lock lock(shared_->mutex);
    return shared_->changed.wait_for(lock, guard, [&] { return shared_->reached > 0; });
  }
  void open() {
    std::lock_guard lock(shared_->mutex);
    shared_->open = true;
    shared_->changed.notify_all();
  }
  bool wait_for_sum(std::size_t sum) {
    std::unique_lock lock(shared_->mutex);
    return shared_->changed.wait_for(lock, guard,
                                     [&] { return shared_->delivered + shared_->dropped >= sum; });
  }
  std::size_t delivered() const {
    std::lock_guard lock(shared_->mutex);
    return shared_->delivered;
  }
  std::size_t dropped() const {
    std::lock_guard lock(shared_->mutex);
    return shared_->dropped;
  }
  bool in_order() const {
    std::lock_guard lock(shared_->mutex);
    return shared_->in_order;
  }

 private:
  struct shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t reached = 0;
    bool open = false;
    std::size_t delivered = 0;
    std::size_t dropped = 0;
    std::size_t next = 0;
    bool in_order = true;
  };
  const std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

TEST_F(ProcessLogsTest, NeverBlockATask) {
  constexpr std::size_t count = 1000000;
  counting_gate sink;
  auto flood = submit_call(user, write_numbers, static_cast<int>(count));
  ASSERT_TRUE(sink.wait_until_reached());
  // All of it is written while the sink has not even taken the first one.
  ASSERT_TRUE(wait(flood));
  EXPECT_EQ(flood.state(), future_state::completed);
  EXPECT_EQ(sink.delivered(), 0U);
  // Neither does it stop the results of others, nor the ends of workers.
  for (int i = 0; i < 200; ++i) {
    auto other = submit_call(
        user, [](int n) { return n; }, i);
    ASSERT_TRUE(wait(other));
    EXPECT_EQ(other.result(), i);
  }
  auto dying = submit_call(user, write_numbers_and_die, 0);
  ASSERT_TRUE(wait(dying));
  EXPECT_EQ(dying.state(), future_state::failed);
  EXPECT_EQ(sink.reached(), 1U);
  sink.open();
  ASSERT_TRUE(sink.wait_for_sum(count));
  EXPECT_EQ(sink.delivered() + sink.dropped(), count);
  EXPECT_TRUE(sink.in_order());
  // What is not delivered yet waits in a quarter of a MiB, at 64 bytes at least for each.
  EXPECT_LE(sink.delivered(), 256U * 1024 / 64 + 1);
  EXPECT_GE(sink.delivered(), 1000U);
}

TEST_F(ProcessLogsTest, AreCountedOrDeliveredWhateverTheSinkDoes) {
  // The sink is as slow as it is, and the worker as fast as it is.
  constexpr std::size_t count = 200000;
  counting_gate sink;
  sink.open();
  auto flood = submit_call(user, write_numbers, static_cast<int>(count));
  ASSERT_TRUE(wait(flood));
  ASSERT_TRUE(sink.wait_for_sum(count));
  EXPECT_EQ(sink.delivered() + sink.dropped(), count);
  EXPECT_TRUE(sink.in_order());
  EXPECT_GT(sink.delivered(), 0U);
}

TEST_F(ProcessLogsTest, DoNotKeepTheEndOfTheContextWaiting) {
  std::optional<counting_gate> sink(std::in_place);
  {
    manual_loop inner_loop;
    process_context inner;
    executor one{inner_loop, {.context = &inner, .worker_count = 1}};
    auto future = submit_call(one, write_numbers, 10);
    ASSERT_TRUE(inner_loop.run_until(future, guard));
    ASSERT_TRUE(sink->wait_until_reached());
  }
  EXPECT_EQ(sink->delivered(), 0U);
  sink->open();
  EXPECT_TRUE(sink->wait_for_sum(10));
}

TEST_F(ProcessLogsTest, OfACopyThatATaskHasForkedGoToStderr) {
  log_capture log;
  auto future = submit_call(user, [] {
    const auto copy = ::fork();
    if (copy == 0) {
      write_log(log_level::warning, "from a copy of a worker");
      _exit(0);
    }
    write_log(log_level::warning, "from the worker");
    return static_cast<int>(copy);
  });
  ASSERT_TRUE(wait(future));
  user.shutdown(guard);
  context.close();
  EXPECT_EQ(log.count("from the worker"), 1);
  EXPECT_EQ(log.count("from a copy"), 0);
}

void set_up_a_log() {
  set_log_level(log_level::trace);
  set_log_sink([](const log_record&) {});
  write_log(log_level::error, "while preloading");
}

TEST(ForkedLogsTest, ArriveWhateverTheLogOfTheForkServerIs) {
  log_capture log;
  manual_loop loop;
  multiprocessing_context context{
      {.method = start_method::forkserver, .preload = {preload_step::function(set_up_a_log)}}};
  executor user{loop, {.context = &context, .worker_count = 1}};
  auto future = submit_call(user, write_in_all_rooms);
  ASSERT_TRUE(loop.run_until(future, guard));
  ASSERT_TRUE(log.wait_for(2 * log_room_count));
  for (const auto& each : log.records()) {
    EXPECT_EQ(each.text, "from there");
    EXPECT_GE(each.level, log_level::warning);
  }
}

TEST_F(ProcessLogsTest, GoToASinkOfTheWorkersOwn) {
  log_capture log;
  auto future = submit_call(user, [] {
    std::string heard;
    set_log_sink([&](const log_record& each) { heard = each.text; });
    write_log(log_level::warning, "between us");
    set_log_sink(nullptr);
    write_log(log_level::warning, "for all");
    return heard;
  });
  ASSERT_TRUE(wait(future));
  EXPECT_EQ(future.result(), "between us");
  ASSERT_TRUE(log.wait_for(1));
  EXPECT_EQ(log.records()[0].text, "for all");
}

}  // namespace
}  // namespace offstage
