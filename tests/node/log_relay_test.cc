// The thread between the rings and the sink: here, the workers are threads of this process.

#include "actors/node/log_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "messages/flat_message.h"
#include "messages/log_message.h"
#include "messages/payload.h"
#include "tests/support/log_capture.h"
#include "tests/support/thread_refusal.h"

namespace offstage {
namespace {

using testing::log_capture;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds guard{60};

flat_message message_of(std::string_view text, int process = 4711) {
  return make_log_message(
      {std::chrono::system_clock::now(), log_level::warning, log_room::pool, process, 0, text});
}

void no_complaint(const std::string& why) { ADD_FAILURE() << why; }

class LogRelayTest : public ::testing::Test {
 protected:
  // A worker: its end of a ring whose other end the relay has.
  struct worker {
    std::weak_ptr<log_ring> there;
    log_ring ring;

    explicit worker(const std::shared_ptr<log_ring>& parents)
        : there(parents), ring(descriptor(fcntl(parents->handle(), F_DUPFD_CLOEXEC, 0))) {}
  };

  std::unique_ptr<worker> add(std::function<void(const std::string&)> complain = no_complaint) {
    auto parents = std::make_shared<log_ring>();
    auto out = std::make_unique<worker>(parents);
    relay->enter(std::move(parents), 4711, std::move(complain));
    return out;
  }

  void put(worker& by, const flat_message& words) {
    ASSERT_TRUE(by.ring.put(words));
    if (by.ring.wakes_reader()) ring_bell();
  }
  void put(worker& by, std::string_view text) { put(by, message_of(text)); }

  void leave(worker& which) {
    if (const auto ring = which.there.lock()) relay->leave(*ring);
  }

  void ring_bell() {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(relay->bell(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  }

  std::unique_ptr<log_relay> relay = std::make_unique<log_relay>();
};

// A sink that lets nobody go before it is opened.
class gate {
 public:
  gate() {
    set_log_sink([shared = shared_](const log_record& each) {
      std::unique_lock lock(shared->mutex);
      shared->reached = true;
      shared->changed.notify_all();
      shared->changed.wait(lock, [&] { return shared->open; });
      shared->texts.emplace_back(each.text);
      shared->changed.notify_all();
    });
  }
  ~gate() {
    open();
    set_log_sink(nullptr);
  }
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;

  bool wait_until_reached() {
    std::unique_lock lock(shared_->mutex);
    return shared_->changed.wait_for(lock, guard, [&] { return shared_->reached; });
  }
  void open() {
    std::lock_guard lock(shared_->mutex);
    shared_->open = true;
    shared_->changed.notify_all();
  }
  bool wait_for_text(const std::string& text) {
    std::unique_lock lock(shared_->mutex);
    return shared_->changed.wait_for(lock, guard, [&] {
      return !shared_->texts.empty() && shared_->texts.back().find(text) != std::string::npos;
    });
  }
  std::vector<std::string> texts() {
    std::lock_guard lock(shared_->mutex);
    return shared_->texts;
  }

 private:
  struct shared {
    std::mutex mutex;
    std::condition_variable changed;
    bool reached = false;
    bool open = false;
    std::vector<std::string> texts;
  };
  const std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

TEST_F(LogRelayTest, GivesTheRecordsOfEachRingInOrder) {
  log_capture log;
  const auto first = add();
  const auto second = add();
  for (int i = 0; i < 1000; ++i) {
    put(*first, "first " + std::to_string(i));
    put(*second, "second " + std::to_string(i));
  }
  ASSERT_TRUE(log.wait_for(2000));
  int firsts = 0;
  int seconds = 0;
  for (const auto& each : log.records()) {
    if (each.text.starts_with("first")) {
      EXPECT_EQ(each.text, "first " + std::to_string(firsts++));
    } else {
      EXPECT_EQ(each.text, "second " + std::to_string(seconds++));
    }
    EXPECT_EQ(each.room, log_room::pool);
    EXPECT_EQ(each.process, 4711);
  }
}

TEST_F(LogRelayTest, DoesNotGiveWhatIsNotKeptAnyMore) {
  log_capture log(log_level::error);
  const auto ring = add();
  put(*ring, "a warning");
  leave(*ring);
  relay->finish(clock::now() + guard);
  EXPECT_TRUE(log.records().empty());
}

TEST_F(LogRelayTest, ReadsARingToItsEndAfterItsProcessHasEnded) {
  log_capture log;
  const auto ring = add();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(ring->ring.put(message_of("last words")));
  ring->ring.drop(3);
  leave(*ring);
  ASSERT_TRUE(log.wait_for(1001));
  EXPECT_EQ(log.records().back().text,
            "3 records were dropped: they came faster than they were taken");
  EXPECT_EQ(log.records().back().process, 4711);
  EXPECT_EQ(log.records().back().level, log_level::warning);
  EXPECT_EQ(log.records().back().room, log_room::node);
}

TEST_F(LogRelayTest, GivesEverythingBeforeItIsFinished) {
  log_capture log;
  std::vector<std::unique_ptr<worker>> workers;
  for (int i = 0; i < 8; ++i) {
    workers.push_back(add());
    for (int j = 0; j < 500; ++j) ASSERT_TRUE(workers.back()->ring.put(message_of("a record")));
  }
  for (const auto& each : workers) leave(*each);
  relay->finish(clock::now() + guard);
  EXPECT_EQ(log.records().size(), 8U * 500);
  // Nobody is there any more who would give it.
  EXPECT_FALSE(relay->carry({{}, log_level::error, log_room::node, 1, 0, "too late"}));
}

TEST_F(LogRelayTest, TakesRecordsOfThreadsThatMayNotWait) {
  gate sink;
  std::thread([this] {
    log::carry_for_thread(*relay);
    log::write(log_room::node, log_level::error, "the first");
  }).join();
  ASSERT_TRUE(sink.wait_until_reached());
  // The sink holds its caller; the writers go on, and what they write takes no more memory.
  std::thread([this] {
    log::carry_for_thread(*relay);
    for (int i = 0; i < 5000; ++i) log::line(log_room::node, log_level::error, "again {}", i);
  }).join();
  EXPECT_TRUE(sink.texts().empty());
  sink.open();
  ASSERT_TRUE(sink.wait_for_text("dropped"));
  const auto texts = sink.texts();
  ASSERT_EQ(texts.size(), 1U + 1024 + 1);
  EXPECT_EQ(texts[0], "the first");
  EXPECT_EQ(texts[1024], "again 1023");
  EXPECT_TRUE(texts.back().starts_with(std::to_string(5000 - 1024) + " records"));
}

TEST_F(LogRelayTest, LeavesASinkThatDoesNotReturnAlone) {
  gate sink;
  const auto ring = add();
  put(*ring, "the first");
  put(*ring, "the second");
  ASSERT_TRUE(sink.wait_until_reached());
  leave(*ring);
  relay->finish(clock::now() + std::chrono::milliseconds(10));
  relay.reset();
  EXPECT_TRUE(sink.texts().empty());
  // Nothing is lost for that.
  sink.open();
  EXPECT_TRUE(sink.wait_for_text("the second"));
}

TEST_F(LogRelayTest, KeepsTheRingsOfAFewDeadProcessesForASinkThatTakesLong) {
  gate sink;
  const auto first = add();
  put(*first, "the first");
  ASSERT_TRUE(sink.wait_until_reached());
  std::vector<std::weak_ptr<log_ring>> rings;
  for (int i = 0; i < 100; ++i) {
    const auto ring = add();
    ASSERT_TRUE(ring->ring.put(message_of("one")));
    ASSERT_TRUE(ring->ring.put(message_of("two")));
    ring->ring.drop(1);
    leave(*ring);
    rings.push_back(ring->there);
  }
  int kept = 0;
  for (const auto& each : rings) kept += each.expired() ? 0 : 1;
  EXPECT_EQ(kept, 16);
  sink.open();
  ASSERT_TRUE(sink.wait_for_text(std::to_string((100 - kept) * 3) + " records were dropped"));
  int delivered = 0;
  for (const auto& each : sink.texts()) delivered += each == "one" || each == "two" ? 1 : 0;
  EXPECT_EQ(delivered, 2 * kept);
}

TEST_F(LogRelayTest, ComplainsOnceOfWhatIsNoLogAndReadsTheOthers) {
  log_capture log;
  std::promise<std::string> complaint;
  auto why = complaint.get_future();
  const auto bad = add([&](const std::string& text) { complaint.set_value(text); });
  const auto good = add();
  put(*bad, "fine");
  ASSERT_TRUE(log.wait_for(1));
  flat_message nonsense(3);
  nonsense.writable()[0] = ~flat_message::word{0};
  put(*bad, nonsense);
  ASSERT_EQ(why.wait_for(guard), std::future_status::ready);
  EXPECT_FALSE(why.get().empty());
  ASSERT_TRUE(bad->ring.put(message_of("not read")));
  ring_bell();
  put(*good, "read");
  ASSERT_TRUE(log.wait_for(2));
  leave(*bad);
  leave(*good);
  relay->finish(clock::now() + guard);
  EXPECT_EQ(log.records().size(), 2U);
  EXPECT_EQ(log.count("not read"), 0);
}

TEST_F(LogRelayTest, IsNotMadeWithoutAThreadAndNeedsNoOther) {
  log_capture log;
  const auto ring = add();
  const testing::thread_refusal none;
  EXPECT_THROW(log_relay(), std::system_error);
  EXPECT_EQ(none.refused(), 1);
  put(*ring, "a record");
  ASSERT_TRUE(log.wait_for(1));
  leave(*ring);
  relay->finish(clock::now() + guard);
  EXPECT_EQ(none.refused(), 1);
}

TEST_F(LogRelayTest, IsNotRungWhileItIsAwake) {
  gate sink;
  const auto ring = add();
  put(*ring, "the first");
  ASSERT_TRUE(sink.wait_until_reached());
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(ring->ring.put(message_of("again")));
    EXPECT_FALSE(ring->ring.wakes_reader());
  }
}

}  // namespace
}  // namespace offstage
