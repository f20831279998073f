// Whatever a worker says: its task ends, the pool goes on, and the memory stays as it was.
//
// Every truncation and every change of a byte is tried where it is fastest, in the task's record. A
// sample of them is said by real worker processes: this program again, which does not run tasks but
// reads from them what it is to say.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/config.hpp>

#include "actors/node/control_page.h"
#include "actors/node/lane.h"
#include "actors/node/log_ring.h"
#include "actors/node/node.h"
#include "actors/node/node_setup.h"
#include "actors/node/segment.h"
#include "actors/node/worker_entry.h"
#include "actors/offstage.h"
#include "actors/pool/worker_pool.h"
#include "actors/task/task_record.h"
#include "messages/command.h"
#include "messages/handshake.h"
#include "messages/log_message.h"
#include "messages/segment_notice.h"
#include "messages/state_message.h"
#include "tests/support/log_capture.h"

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

constexpr std::chrono::seconds guard{60};
constexpr std::size_t word_bytes = sizeof(flat_message::word);
constexpr const char* role = "GARBAGE_TEST_ROLE";

using bytes = std::vector<unsigned char>;

// --- What is said: the messages of tasks, whole and changed.

using words_list = std::vector<std::string>;

std::vector<std::byte> encoded(const words_list& value) {
  byte_writer writer;
  writer.write(value);
  return std::move(writer).take_bytes();
}

std::vector<std::byte> encoded_finding(const words_list& value) {
  byte_writer writer;
  writer.write(std::string(codec_detail::type_name<words_list>()), std::uint64_t{100});
  writer.write_padding(16);
  writer.write(value);
  return std::move(writer).take_bytes();
}

const words_list some_words = {"one", "", "three"};

failure some_failure() {
  failure out;
  out.type = "std::runtime_error";
  out.what = "it did not work";
  out.causes = {{"a::cause", "because"}, {"b", ""}};
  return out;
}

flat_message message_of(state_message_kind kind, message_origin origin) {
  const auto value = encoded(some_words);
  const auto finding = encoded_finding(some_words);
  switch (kind) {
    case state_message_kind::started:
      return make_started(origin);
    case state_message_kind::abandoned:
      return make_abandoned(origin);
    case state_message_kind::returned:
      return make_returned(origin, {payload_kind::bytes, value});
    case state_message_kind::raised:
      return make_raised(origin, some_failure());
    case state_message_kind::generated:
      return make_generated(origin, {payload_kind::bytes, value});
    case state_message_kind::progressed:
      return make_progressed(origin, {payload_kind::bytes, value});
    case state_message_kind::stepped:
      return make_stepped(origin, {10, 3, "the third of ten"});
    case state_message_kind::custom:
      return make_custom(origin, "found", {payload_kind::bytes, finding});
  }
  return {};
}

constexpr state_message_kind all_kinds[] = {
    state_message_kind::started, state_message_kind::abandoned, state_message_kind::returned,
    state_message_kind::raised,  state_message_kind::generated, state_message_kind::progressed,
    state_message_kind::stepped, state_message_kind::custom};

bool is_first(state_message_kind kind) {
  return kind == state_message_kind::started || kind == state_message_kind::abandoned;
}

flat_message with_byte(const flat_message& whole, std::size_t at, unsigned char flips) {
  flat_message out(whole.words().size());
  std::memcpy(out.writable().data(), whole.words().data(), whole.words().size_bytes());
  reinterpret_cast<unsigned char*>(out.writable().data())[at] ^= flips;
  return out;
}

flat_message cut_to(const flat_message& whole, std::size_t words) {
  flat_message out(words);
  std::memcpy(out.writable().data(), whole.words().data(), words * word_bytes);
  return out;
}

// Every truncation, and every change of a byte; `whole` itself as well.
void for_each_change(const flat_message& whole,
                     const std::function<void(const flat_message&)>& visit) {
  visit(whole);
  for (std::size_t words = 0; words < whole.words().size(); ++words) visit(cut_to(whole, words));
  for (std::size_t at = 0; at < whole.words().size_bytes(); ++at) {
    for (int flips = 1; flips < 256; ++flips) {
      visit(with_byte(whole, at, static_cast<unsigned char>(flips)));
    }
  }
}

// --- Tasks that could say it.

words_list return_words() { return some_words; }
generator<words_list> yield_words() { co_yield some_words; }
void report_words(progress<words_list>& report) { report(some_words); }
void step_with_words(steps_reporter& report) { report.step("one"); }

class finding_future : public custom_future<finding_future, words_list> {
 public:
  finding_future() = default;
  explicit finding_future(ref<future_core> core) : custom_future(std::move(core)) {}

  template <class Observer>
  subscription on_found(Observer observer) const {
    return on_message<words_list>("found", std::move(observer));
  }
};

struct find_words {
  using future_type = finding_future;
  std::string where;
  words_list operator()(task_channel& channel) {
    channel.send("found", some_words);
    return some_words;
  }
};

// How a task ended, of whatever type its future is.
struct outcome {
  future_state state = future_state::waiting;
  failure_kind kind = failure_kind::raised;
  std::string what;
};

// A task that is submitted and observed, so that everything it says is also read at home.
struct observed_task {
  std::function<bool()> done;
  std::function<outcome()> end;

  template <class Future>
  static observed_task of(Future future) {
    return {[future] { return future.done(); },
            [future] {
              outcome out{future.state(), {}, {}};
              if (out.state == future_state::failed) {
                out.kind = future.failure().kind;
                out.what = future.failure().what;
              }
              return out;
            }};
  }
};

// Looks at every byte of what the observers are told.
struct witness {
  std::size_t times = 0;
  std::size_t letters = 0;

  void operator()(const std::string& text) {
    ++times;
    letters += static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](unsigned char each) { return std::isalpha(each) != 0; }));
  }
  void operator()(const words_list& words) {
    std::string all;
    for (const auto& each : words) all += each;
    (*this)(all);
  }
};

// Submits a task that may say messages of this kind.
observed_task submit_for(state_message_kind kind, executor& user, witness& seen) {
  switch (kind) {
    case state_message_kind::generated: {
      auto future = submit_iteration(user, yield_words);
      future.on_item([&seen](const words_list& item) { seen(item); });
      return observed_task::of(future);
    }
    case state_message_kind::progressed: {
      auto future = submit_progress(user, report_words);
      future.on_progress([&seen](const words_list& report) { seen(report); });
      return observed_task::of(future);
    }
    case state_message_kind::stepped: {
      auto future = submit_steps(user, 1, "none yet", step_with_words);
      future.on_message([&seen](const auto& now) { seen(now.message()); });
      return observed_task::of(future);
    }
    case state_message_kind::custom: {
      auto future = user.submit(find_words{"here"});
      future.on_found([&seen](const words_list& found) { seen(found); });
      return observed_task::of(future);
    }
    default: {
      auto future = submit_call(user, return_words);
      future.on_result([&seen](const auto& now) { seen(now.result()); });
      return observed_task::of(future);
    }
  }
}

// The last message of such a task.
flat_message end_of(state_message_kind kind, message_origin origin) {
  if (kind == state_message_kind::custom) {
    return message_of(state_message_kind::returned, origin);
  }
  return make_returned(origin, {payload_kind::nothing});
}

// --- In the task's record.

// A pool whose tasks wait until the test relays what their bodies say.
class overheard_pool final : public worker_pool {
 public:
  using worker_pool::worker_pool;

  void submit(ref<task_record> task) override { task_ = std::move(task); }
  void cancel(const ref<task_record>&) noexcept override {}
  std::size_t worker_count() const noexcept override { return 1; }
  void close() override { closed_ = true; }
  bool closed() const noexcept override { return closed_; }

  ref<task_record> take() { return std::move(task_); }

 private:
  ref<task_record> task_;
  bool closed_ = false;
};

class overheard_context final : public parallel_context {
 public:
  ~overheard_context() override { finish(); }

 protected:
  std::shared_ptr<worker_pool> do_make_pool(pool_options) override {
    return std::make_shared<overheard_pool>(anchor());
  }
};

class GarbageTest : public ::testing::Test {
 protected:
  // Relays messages as the pool does, until the task has ended.
  static void relay_all(ref<task_record> task, const std::vector<flat_message>& messages) {
    for (const auto& each : messages) {
      try {
        task->admit(read_state_message(each));
        if (task_record::relay(task, each) != relayed::goes_on) return;
      } catch (const malformed_message& error) {
        failure why;
        why.kind = failure_kind::infrastructure;
        why.what = error.what();
        task_record::fail(std::move(task), why);
        return;
      }
    }
    failure gone;
    gone.kind = failure_kind::infrastructure;
    task_record::fail(std::move(task), gone);
  }

  outcome outcome_of(state_message_kind kind,
                     const std::function<std::vector<flat_message>(task_id)>& say) {
    auto observed = submit_for(kind, user_, seen_);
    auto task = static_cast<overheard_pool&>(*user_.pool()).take();
    relay_all(task, say(task->id()));
    EXPECT_TRUE(loop_.run_until(observed.done, guard));
    return observed.end();
  }

  manual_loop loop_;
  overheard_context context_;
  executor user_{loop_, {.context = &context_}};
  witness seen_;
};

TEST_F(GarbageTest, AreTheMessagesOfTasksThatComplete) {
  for (const auto kind : all_kinds) {
    const auto end = outcome_of(kind, [&](task_id id) {
      std::vector<flat_message> out;
      if (!is_first(kind)) out.push_back(make_started({id, 0}));
      out.push_back(message_of(kind, {id, is_first(kind) ? 0U : 1U}));
      if (kind == state_message_kind::started) {
        out.push_back(message_of(state_message_kind::returned, {id, 1}));
      } else if (!is_final(kind)) {
        out.push_back(end_of(kind, {id, 2}));
      }
      return out;
    });
    // Nobody cancelled it.
    const bool fails = kind == state_message_kind::abandoned || kind == state_message_kind::raised;
    EXPECT_EQ(end.state, fails ? future_state::failed : future_state::completed)
        << to_string(kind) << ": " << end.what;
  }
  EXPECT_EQ(seen_.times, 6U);
}

TEST_F(GarbageTest, EndsTheTaskWithEveryChangeOfEveryMessage) {
  for (const auto kind : all_kinds) {
    std::map<future_state, int> ends;
    const auto sample = message_of(kind, {1, 1});
    const auto size = sample.words().size();
    const auto try_change = [&](const std::function<flat_message(const flat_message&)>& change) {
      const auto before = requested_bytes.load();
      const auto end = outcome_of(kind, [&](task_id id) {
        std::vector<flat_message> out;
        if (!is_first(kind)) out.push_back(make_started({id, 0}));
        const std::uint32_t number = is_first(kind) ? 0 : 1;
        out.push_back(change(message_of(kind, {id, number})));
        out.push_back(end_of(kind, {id, number + 1}));
        return out;
      });
      ASSERT_TRUE(end.state == future_state::completed || end.state == future_state::failed ||
                  end.state == future_state::cancelled);
      ++ends[end.state];
      ASSERT_LE(requested_bytes - before, 256U * 1024) << to_string(kind);
    };
    for (std::size_t words = 0; words < size; ++words) {
      try_change([&](const flat_message& whole) { return cut_to(whole, words); });
      if (HasFatalFailure()) return;
    }
    for (std::size_t at = 0; at < size * word_bytes; ++at) {
      for (int flips = 1; flips < 256; ++flips) {
        try_change([&](const flat_message& whole) {
          return with_byte(whole, at, static_cast<unsigned char>(flips));
        });
        if (HasFatalFailure()) {
          ADD_FAILURE() << to_string(kind) << ", byte " << at << ", changed by " << flips;
          return;
        }
      }
    }
    EXPECT_GT(ends[future_state::failed], 0) << to_string(kind);
  }
}

TEST_F(GarbageTest, EndsTheTaskWithEveryMessageInEveryPlace) {
  // Each of them first, after started, and after the one before it.
  for (const auto kind : all_kinds) {
    for (const auto first : all_kinds) {
      for (const auto second : all_kinds) {
        const auto end = outcome_of(kind, [&](task_id id) {
          return std::vector<flat_message>{message_of(first, {id, 0}), message_of(second, {id, 1}),
                                           end_of(kind, {id, 2})};
        });
        EXPECT_NE(end.state, future_state::waiting);
        EXPECT_NE(end.state, future_state::executing);
        if (first == state_message_kind::abandoned) {
          EXPECT_EQ(end.state, future_state::failed);  // Nobody cancelled it.
        } else if (first != state_message_kind::started || is_first(second)) {
          EXPECT_EQ(end.state, future_state::failed);
          EXPECT_EQ(end.kind, failure_kind::infrastructure);
        }
      }
    }
  }
}

TEST_F(GarbageTest, FailsTheTaskWithEveryOtherPayload) {
  const std::string junk(100, '\xff');
  const auto junk_bytes = std::as_bytes(std::span(junk));
  for (const auto where :
       {payload_kind::nothing, payload_kind::slot, payload_kind::bytes, payload_kind::segment}) {
    for (const auto kind : {state_message_kind::returned, state_message_kind::generated,
                            state_message_kind::progressed, state_message_kind::custom}) {
      const auto end = outcome_of(kind, [&](task_id id) {
        const payload value{where, junk_bytes};
        const message_origin origin{id, 1};
        return std::vector<flat_message>{
            make_started({id, 0}),
            kind == state_message_kind::returned     ? make_returned(origin, value)
            : kind == state_message_kind::generated  ? make_generated(origin, value)
            : kind == state_message_kind::progressed ? make_progressed(origin, value)
                                                     : make_custom(origin, "found", value),
            end_of(kind, {id, 2})};
      });
      EXPECT_EQ(end.state, future_state::failed) << to_string(kind);
    }
  }
  EXPECT_EQ(seen_.times, 0U);
}

TEST_F(GarbageTest, FailsTheTaskWhoseMessageHoldsAnotherValueThanItsObserverReads) {
  byte_writer writer;
  writer.write(std::string(codec_detail::type_name<words_list>()), std::uint64_t{100});
  writer.write_padding(16);
  writer.write(std::string("no list of words"));
  const auto value = std::move(writer).take_bytes();
  const auto end = outcome_of(state_message_kind::custom, [&](task_id id) {
    return std::vector<flat_message>{make_started({id, 0}),
                                     make_custom({id, 1}, "found", {payload_kind::bytes, value}),
                                     end_of(state_message_kind::custom, {id, 2})};
  });
  EXPECT_EQ(end.state, future_state::failed);
  EXPECT_EQ(seen_.times, 0U);
}

// --- Readers of words.

template <class Read>
void expect_read_or_refused(const flat_message& whole, Read&& read) {
  for_each_change(whole, [&](const flat_message& changed) {
    const auto before = requested_bytes.load();
    try {
      read(changed);
    } catch (const malformed_message&) {
    }
    ASSERT_LE(requested_bytes - before, 64U * 1024);
  });
}

TEST(GarbageReadersTest, RefuseCommandsRecordsAndHandshakesInOneWay) {
  const auto body = encoded(some_words);
  for (const auto& each : {make_run_task(42, {payload_kind::bytes, body}), make_run_task(42, {}),
                           make_learn_module("/usr/lib/libsomething.so", "0123456789abcdef"),
                           make_learn_module("", "")}) {
    expect_read_or_refused(each, [](const flat_message& message) {
      const auto read = read_command(message);
      EXPECT_LE(read.body.bytes.size() + read.path.size() + read.build_id.size(),
                3 * message.words().size_bytes());
    });
  }
  expect_read_or_refused(make_log_message({{}, log_level::info, log_room::pool, 4711, 12, "text"}),
                         [](const flat_message& message) {
                           const auto read = read_log_message(message);
                           EXPECT_LE(read.text.size(), 2 * message.words().size_bytes());
                         });
  handshake who;
  for (const auto& each : {make_segment_offered(1, 123456), make_segment_forgotten(1)}) {
    expect_read_or_refused(each, [](const flat_message& message) { read_segment_notice(message); });
  }
  who.caf = CAF_VERSION;
  expect_read_or_refused(make_handshake(who),
                         [](const flat_message& message) { read_handshake(message); });
}

TEST(GarbageReadersTest, AskForNoMoreMemoryThanTheWordsJustify) {
  // Lists that say they are long, and need no words for that.
  std::vector<flat_message> messages = {make_handshake({}), make_run_task(1, {}),
                                        make_log_message({})};
  for (const auto kind : all_kinds) messages.push_back(message_of(kind, {1, 1}));
  for (const auto& whole : messages) {
    for (std::size_t at = 0; at < whole.words().size(); ++at) {
      for (std::uint64_t element_size = 0; element_size < 8; ++element_size) {
        for (const std::uint64_t count : {1ULL << 20, (1ULL << 26) - 100, (1ULL << 29) - 1}) {
          flat_message changed = cut_to(whole, whole.words().size());
          auto& word = changed.writable()[at];
          word = (word & 0xffffffffULL) | (element_size << 32) | (count << 35);
          const auto before = requested_bytes.load();
          for (const std::function<void()>& read : std::initializer_list<std::function<void()>>{
                   [&] { read_state_message(changed); }, [&] { read_failure(changed); },
                   [&] { read_command(changed); }, [&] { read_handshake(changed); },
                   [&] { read_log_message(changed); }}) {
            try {
              read();
            } catch (const malformed_message&) {
            }
          }
          ASSERT_LE(requested_bytes - before, 64U * 1024)
              << "word " << at << ", elements of size " << element_size << ": " << count;
        }
      }
    }
  }
}

// --- Real worker processes.

// What a false worker says of its task, as an argument of the task.
enum class lie : std::uint32_t {
  none,               // The message as it should be.
  change,             // With a changed byte.
  header,             // With a changed byte in the header of its frame.
  cut,                // With fewer words, and a header that says so.
  half,               // Half of it, and no more.
  end_while_running,  // The end, while its cell says that it runs.
  not_begun,          // A message of a task that it has not begun.
  after_the_end,      // A second end.
  junk,               // The message with a value that is none.
  log_change,         // The message, after a log record whose frame has a changed byte.
  log_position,       // No end, after a log that is said to be of another length.
  log_frame,          // No end, after a log record of nonsense.
  segment,            // Something about a segment.
};

// What a false worker says of shared memory; before the first lie it is the truth.
enum class segment_lie : std::uint32_t {
  none,
  no_descriptor,
  unannounced,  // A descriptor with another frame.
  several,      // Descriptors with an offer.
  unsealed,
  another_kind,  // Of a descriptor.
  another_size,
  unknown_id,
  beyond,     // A place that is not in it.
  twice,      // Offered.
  no_notice,  // Words that are none.
  last,
};

struct script {
  lie what = lie::none;
  std::uint32_t kind = 0;
  std::uint32_t at = 0;
  std::uint32_t flips = 0;
};

// The body of all tasks that are given to false workers; it never runs.
words_list say(script) { return {}; }
generator<words_list> say_items(script) { co_return; }
void say_reports(progress<words_list>&, script) {}
void say_steps(steps_reporter&, script) {}
struct say_custom {
  using future_type = finding_future;
  script what;
  words_list operator()(task_channel&) { return {}; }
};

void send_bytes(const bytes& what) {
  std::size_t sent = 0;
  while (sent < what.size()) {
    const auto got = ::send(lane_descriptor, what.data() + sent, what.size() - sent, MSG_NOSIGNAL);
    if (got <= 0) _exit(0);
    sent += static_cast<std::size_t>(got);
  }
}

bytes frame_of(frame_kind kind, std::uint16_t cell, const flat_message& words) {
  const frame_header header{static_cast<std::uint32_t>(words.words().size()), kind, cell};
  bytes out(sizeof header + words.words().size_bytes());
  std::memcpy(out.data(), &header, sizeof header);
  std::memcpy(out.data() + sizeof header, words.words().data(), words.words().size_bytes());
  return out;
}

void send_with_descriptors(const bytes& what, const std::vector<int>& numbers) {
  std::vector<char> room(CMSG_SPACE(numbers.size() * sizeof(int)));
  iovec whole{const_cast<unsigned char*>(what.data()), what.size()};
  msghdr message{};
  message.msg_iov = &whole;
  message.msg_iovlen = 1;
  message.msg_control = room.data();
  message.msg_controllen = room.size();
  auto* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(numbers.size() * sizeof(int));
  std::memcpy(CMSG_DATA(header), numbers.data(), numbers.size() * sizeof(int));
  // A frame this small goes as a whole.
  if (::sendmsg(lane_descriptor, &message, MSG_NOSIGNAL) <= 0) _exit(0);
}

flat_message true_handshake() {
  handshake me;
  me.caf = CAF_VERSION;
  return make_handshake(me);
}

// Gives its parent a moment's rest only by waiting for it: until it is killed, or told to go.
[[noreturn]] void wait_for_the_end() {
  char block[4096];
  while (::recv(lane_descriptor, block, sizeof block, 0) > 0) {
  }
  _exit(0);
}

class false_worker {
 public:
  [[noreturn]] void run() {
    send_bytes(frame_of(frame_kind::handshake, 0, true_handshake()));
    frame_reader frames;
    for (;;) {
      const auto room = frames.room();
      const auto got = ::recv(lane_descriptor, room.data(), room.size(), 0);
      if (got <= 0) _exit(0);
      frames.filled(static_cast<std::size_t>(got), [this](const auto& header, auto words) {
        flat_message message(words.size());
        std::copy(words.begin(), words.end(), message.writable().begin());
        const auto order = read_command(message);
        if (order.kind != command_kind::run_task) return true;
        script what;
        std::memcpy(&what, order.body.bytes.data() + order.body.bytes.size() - sizeof what,
                    sizeof what);
        play(header.cell, order.task, what);
        return true;
      });
    }
  }

 private:
  void play(std::uint16_t cell, task_id id, const script& what) {
    auto& at = page_.at(cell);
    const auto kind = static_cast<state_message_kind>(what.kind);
    const auto state = [&](const flat_message& words) {
      send_bytes(frame_of(frame_kind::state, cell, words));
    };
    if (what.what == lie::segment) {
      at.state = cell_state::ended;
      state(make_started({id, 0}));
      return play_segment(cell, id, static_cast<segment_lie>(what.at));
    }
    if (what.what == lie::not_begun) {
      state(make_started({id, 0}));
      wait_for_the_end();
    }
    if (!at.move(cell_state::waiting, cell_state::running)) {
      at.state = cell_state::free;
      return;
    }
    if (what.what == lie::log_change) {
      auto frame = frame_of(frame_kind::log_record, 0, true_record());
      frame[what.at % frame.size()] ^= static_cast<unsigned char>(what.flips);
      write_log_bytes(frame);
    }
    std::uint32_t number = 0;
    if (!is_first(kind)) state(make_started({id, number++}));
    const auto true_words = message_of(kind, {id, number++});
    if (is_final(kind) && what.what != lie::end_while_running) at.state = cell_state::ended;
    switch (what.what) {
      case lie::change:
        state(with_byte(true_words, what.at % true_words.words().size_bytes(),
                        static_cast<unsigned char>(what.flips)));
        break;
      case lie::header: {
        auto frame = frame_of(frame_kind::state, cell, true_words);
        frame[what.at % sizeof(frame_header)] ^= static_cast<unsigned char>(what.flips);
        send_bytes(frame);
        break;
      }
      case lie::cut:
        state(cut_to(true_words, what.at % true_words.words().size()));
        break;
      case lie::half: {
        auto frame = frame_of(frame_kind::state, cell, true_words);
        frame.resize(what.at % frame.size());
        send_bytes(frame);
        _exit(0);
      }
      case lie::end_while_running:
        state(true_words);
        wait_for_the_end();
      case lie::after_the_end:
        at.state = cell_state::ended;
        state(end_of(kind, {id, number - 1}));
        state(end_of(kind, {id, number}));
        wait_for_the_end();
      case lie::log_position:
        end_log_at(log_written_ + what.at);
        wait_for_the_end();
      case lie::log_frame: {
        flat_message nonsense(what.at);
        for (auto& word : nonsense.writable()) word = ~flat_message::word{0};
        write_log_bytes(frame_of(frame_kind::log_record, 0, nonsense));
        wait_for_the_end();
      }
      case lie::junk: {
        const std::vector<std::byte> value(100, std::byte{0xff});
        state(make_generated({id, number - 1}, {payload_kind::bytes, value}));
        break;
      }
      default:
        state(true_words);
        break;
    }
    if (!is_final(kind)) {
      at.state = cell_state::ended;
      state(end_of(kind == state_message_kind::started ? state_message_kind::custom : kind,
                   {id, number}));
    }
    // Nobody can say how much the parent waits for now.
    if (what.what == lie::header) _exit(0);
    // What it takes for a start or a middle has no end that would be heard.
    if (what.what == lie::change && is_final(kind)) _exit(0);
  }

  static flat_message true_record() {
    return make_log_message({std::chrono::system_clock::now(), log_level::error, log_room::node,
                             ::getpid(), 1, "a record of a false worker"});
  }

  // As a worker writes into its ring, which has its positions first and its frames behind them.
  void write_log_bytes(const bytes& what) {
    auto* const begin = static_cast<unsigned char*>(log_.data());
    std::memcpy(begin + frames_at + log_written_, what.data(), what.size());
    end_log_at(log_written_ + what.size());
  }

  void end_log_at(std::uint64_t position) {
    log_written_ = position;
    std::memcpy(log_.data(), &position, sizeof position);
    const std::uint64_t one = 1;
    [[maybe_unused]] auto rung = ::write(log_bell_descriptor, &one, sizeof one);
  }

  static constexpr std::size_t frames_at = 128;

  // A result in a new segment, and what is said of it.
  void play_segment(std::uint16_t cell, task_id id, segment_lie what) {
    auto& memory = *segments_.emplace_back(std::make_unique<segment>(segments_.size() + 1, 8192));
    const auto value = encoded(some_words);
    std::copy(value.begin(), value.end(), memory.room().begin());
    memory.header().lent = 1;
    const auto size = memory.size_bytes() + (what == segment_lie::another_size ? 4096 : 0);
    const auto notice = frame_of(frame_kind::segment, 0, make_segment_offered(memory.id(), size));
    segment_place place{memory.id(), 0, value.size()};
    int number = memory.handle().get();
    switch (what) {
      case segment_lie::no_descriptor:
        send_bytes(notice);
        break;
      case segment_lie::unannounced:
        send_with_descriptors(frame_of(frame_kind::state, cell, make_started({id, 0})), {number});
        break;
      case segment_lie::several:
        send_with_descriptors(notice, {number, number, number});
        break;
      case segment_lie::unsealed:
        number = ::memfd_create("unsealed", MFD_ALLOW_SEALING);
        if (::ftruncate(number, static_cast<off_t>(size)) != 0) _exit(0);
        send_with_descriptors(notice, {number});
        break;
      case segment_lie::another_kind:
        send_with_descriptors(notice, {doorbell_descriptor});
        break;
      case segment_lie::no_notice:
        send_with_descriptors(frame_of(frame_kind::segment, 0, flat_message(3)), {number});
        break;
      case segment_lie::unknown_id:
        send_with_descriptors(notice, {number});
        place.id += 1000;
        break;
      case segment_lie::beyond:
        send_with_descriptors(notice, {number});
        place.offset = 8000;
        place.size = 4000;
        break;
      default:
        send_with_descriptors(notice, {number});
        if (what == segment_lie::twice) send_with_descriptors(notice, {number});
        break;
    }
    send_bytes(frame_of(frame_kind::state, cell,
                        make_returned({id, 1}, {payload_kind::segment, {}, place})));
  }

  control_page page_{descriptor(control_descriptor)};
  shared_memory log_{descriptor(log_descriptor), frames_at + log_ring::size_bytes};
  std::uint64_t log_written_ = 0;
  std::vector<std::unique_ptr<segment>> segments_;
};

std::size_t entries_of(const char* path) {
  std::size_t out = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(path)) ++out;
  return out;
}

class GarbageProcessesTest : public ::testing::Test {
 protected:
  ~GarbageProcessesTest() override { ::unsetenv(role); }

  observed_task submit(const script& what) {
    switch (static_cast<state_message_kind>(what.kind)) {
      case state_message_kind::generated:
        return observed_task::of(submit_iteration(*user_, say_items, what));
      case state_message_kind::progressed:
        return observed_task::of(submit_progress(*user_, say_reports, what));
      case state_message_kind::stepped:
        return observed_task::of(submit_steps(*user_, 1, "", say_steps, what));
      case state_message_kind::custom: {
        auto future = user_->submit(say_custom{what});
        future.on_found([](const words_list&) {});
        return observed_task::of(future);
      }
      default:
        return observed_task::of(submit_call(*user_, say, what));
    }
  }

  outcome outcome_of(const script& what) {
    auto observed = submit(what);
    EXPECT_TRUE(loop_.run_until(observed.done, guard));
    return observed.end();
  }

  void expect_going_on() {
    const auto end =
        outcome_of({lie::none, static_cast<std::uint32_t>(state_message_kind::returned)});
    EXPECT_EQ(end.state, future_state::completed) << end.what;
  }

  // Before there is a pool, whose workers have it, too.
  const bool plays_ = ::setenv(role, "worker", 1) == 0;
  manual_loop loop_;
  multiprocessing_context context_{{.executable = "/proc/self/exe", .method = start_method::spawn}};
  std::optional<executor> user_{std::in_place, loop_,
                                executor_options{.context = &context_, .worker_count = 1}};
};

TEST_F(GarbageProcessesTest, CompleteTasksWhileTheyTellTheTruth) {
  for (const auto kind : all_kinds) {
    const auto end = outcome_of({lie::none, static_cast<std::uint32_t>(kind)});
    // Nobody cancelled it.
    const bool fails = kind == state_message_kind::abandoned || kind == state_message_kind::raised;
    EXPECT_EQ(end.state, fails ? future_state::failed : future_state::completed)
        << to_string(kind) << ": " << end.what;
  }
}

TEST_F(GarbageProcessesTest, EndTheirTasksWhateverTheySay) {
  constexpr std::uint32_t changes = 8;
  for (const auto kind : all_kinds) {
    const auto number = static_cast<std::uint32_t>(kind);
    std::vector<script> scripts;
    for (std::uint32_t i = 0; i < changes; ++i) {
      scripts.push_back({lie::change, number, i * 7, 1U << (i % 8)});
    }
    for (std::uint32_t i = 0; i < sizeof(frame_header); ++i) {
      scripts.push_back({lie::header, number, i, 1U << (3 * i % 8)});
    }
    for (std::uint32_t i = 0; i < 3; ++i) scripts.push_back({lie::cut, number, 1 + 3 * i, 0});
    for (std::uint32_t i = 0; i < 3; ++i) scripts.push_back({lie::half, number, 5 * i, 0});
    for (const auto& each : scripts) {
      const auto end = outcome_of(each);
      if (each.what == lie::cut || each.what == lie::half) {
        EXPECT_EQ(end.state, future_state::failed) << to_string(kind);
        if (end.state == future_state::failed) {
          EXPECT_EQ(end.kind, failure_kind::infrastructure) << to_string(kind);
          EXPECT_NE(end.what.find("worker process "), std::string::npos) << end.what;
        }
      }
      if (HasFailure()) {
        ADD_FAILURE() << to_string(kind) << ", lie " << static_cast<int>(each.what) << " at "
                      << each.at;
        return;
      }
    }
    expect_going_on();
  }
}

TEST_F(GarbageProcessesTest, AreKilledForMessagesThatDoNotFitTheirTasks) {
  for (const auto kind : {state_message_kind::returned, state_message_kind::raised}) {
    const auto end = outcome_of({lie::end_while_running, static_cast<std::uint32_t>(kind)});
    EXPECT_EQ(end.state, future_state::failed);
    EXPECT_EQ(end.kind, failure_kind::infrastructure);
    EXPECT_NE(end.what.find("sent what is no message"), std::string::npos) << end.what;
    expect_going_on();
  }
  // The task has its end; what follows costs the worker its life, and nothing else.
  const auto end =
      outcome_of({lie::after_the_end, static_cast<std::uint32_t>(state_message_kind::generated)});
  EXPECT_EQ(end.state, future_state::completed);
  expect_going_on();
}

TEST_F(GarbageProcessesTest, LiveOnWhenOnlyAValueCannotBeRead) {
  const auto generated = static_cast<std::uint32_t>(state_message_kind::generated);
  for (int i = 0; i < 300; ++i) {
    const auto end = outcome_of({lie::junk, generated});
    ASSERT_EQ(end.state, future_state::failed);
    ASSERT_EQ(end.kind, failure_kind::encoding) << end.what;
    if (i % 50 == 0) expect_going_on();
  }
}

TEST_F(GarbageProcessesTest, EndTheirTasksWhateverTheyWriteIntoTheLog) {
  testing::log_capture log;
  const auto returned = static_cast<std::uint32_t>(state_message_kind::returned);
  std::map<future_state, int> ends;
  for (std::uint32_t i = 0; i < 150; ++i) {
    const auto end = outcome_of({lie::log_change, returned, i, 1U << (3 * i % 8)});
    ++ends[end.state];
    ASSERT_TRUE(end.state == future_state::completed || end.state == future_state::failed);
    // Nothing that came before its end is missing, but it may be heard too late.
    if (end.state == future_state::failed) {
      EXPECT_NE(end.what.find("sent what is no message"), std::string::npos) << end.what;
    }
  }
  EXPECT_GT(ends[future_state::completed], 0);
  // Its text may be anything.
  EXPECT_GT(log.count("of a false worker"), 0);
  expect_going_on();
}

TEST_F(GarbageProcessesTest, AreKilledForLogsThatAreNone) {
  testing::log_capture log;
  const auto returned = static_cast<std::uint32_t>(state_message_kind::returned);
  std::vector<script> scripts;
  for (const std::uint32_t at : {1U, 7U, 8U, 64U, 262144U, 262152U, 0xfffffff8U}) {
    scripts.push_back({lie::log_position, returned, at, 0});
  }
  for (const std::uint32_t at : {1U, 2U, 100U}) {
    scripts.push_back({lie::log_frame, returned, at, 0});
  }
  for (const auto& each : scripts) {
    const auto end = outcome_of(each);
    EXPECT_EQ(end.state, future_state::failed);
    EXPECT_EQ(end.kind, failure_kind::infrastructure);
    EXPECT_NE(end.what.find("sent what is no message"), std::string::npos) << end.what;
    expect_going_on();
  }
}

TEST_F(GarbageProcessesTest, GiveBackTheTasksThatTheyHaveNotBegun) {
  // Five workers in a row that did nothing but lie are the end of the pool.
  const auto end = outcome_of({lie::not_begun, 0});
  EXPECT_EQ(end.state, future_state::failed);
  EXPECT_EQ(end.kind, failure_kind::infrastructure);
  EXPECT_NE(end.what.find("no worker process can be had"), std::string::npos) << end.what;
  EXPECT_NE(end.what.find("that it has not begun"), std::string::npos) << end.what;
}

TEST_F(GarbageProcessesTest, AreKilledForSegmentsThatAreNone) {
  const auto returned = static_cast<std::uint32_t>(state_message_kind::returned);
  const auto play = [&](segment_lie what) {
    return outcome_of({lie::segment, returned, static_cast<std::uint32_t>(what), 0});
  };
  EXPECT_EQ(play(segment_lie::none).state, future_state::completed);
  std::size_t before = 0;
  for (int round = 0; round < 3; ++round) {
    for (auto i = static_cast<std::uint32_t>(segment_lie::none) + 1;
         i < static_cast<std::uint32_t>(segment_lie::last); ++i) {
      const auto end = play(static_cast<segment_lie>(i));
      EXPECT_EQ(end.state, future_state::failed) << i;
      EXPECT_EQ(end.kind, failure_kind::infrastructure) << i;
      EXPECT_NE(end.what.find("was killed, because it sent what is no message: "),
                std::string::npos)
          << i << ": " << end.what;
      // As true as before, and so it goes on.
      EXPECT_EQ(play(segment_lie::none).state, future_state::completed) << i;
    }
    // One worker, and nothing of those before it.
    const auto now = entries_of("/proc/self/fd");
    EXPECT_TRUE(round == 0 || now == before) << before << ", then " << now;
    before = now;
  }
}

// --- The first message of a worker process.

constexpr const char* handshake_change = "GARBAGE_TEST_CHANGE";

// Says a handshake that is changed as its environment says: "AT FLIPS", "cut WORDS", "half BYTES",
// "state", "twice".
[[noreturn]] void shake_hands_falsely() {
  const std::string change = std::getenv(handshake_change);
  const auto whole = true_handshake();
  const auto number = [&](std::size_t from) {
    return static_cast<std::size_t>(std::atoi(change.c_str() + from));
  };
  auto frame = frame_of(frame_kind::handshake, 0, whole);
  bool goes = false;
  if (change.starts_with("cut ")) {
    frame = frame_of(frame_kind::handshake, 0, cut_to(whole, number(4)));
  } else if (change.starts_with("half ")) {
    frame.resize(number(5));
    goes = true;
  } else if (change == "state") {
    frame = frame_of(frame_kind::state, 0, make_started({1, 0}));
  } else if (change == "twice") {
    frame.insert(frame.end(), frame.begin(), frame.end());
  } else if (change != "none") {
    const auto at = number(0);
    frame[at] ^= static_cast<unsigned char>(number(change.find(' ')));
    // Its parent may wait for more of it now.
    goes = at < sizeof(frame_header);
  }
  send_bytes(frame);
  if (goes) _exit(0);
  wait_for_the_end();
}

// A pool that wants nothing of its nodes.
class curious_owner final : public node::owner {
 public:
  void node_ready(node& which) override {
    ++ready;
    which.stop(std::chrono::seconds(0));
  }
  void node_says(node&, std::uint16_t, std::span<const flat_message::word>) override {
    throw malformed_message("a message of a task that it does not have");
  }
  void node_paused(node&) override {}
  void node_ended(node&, const std::string& how) override { ended.set_value(how); }

  std::atomic<int> ready{0};
  std::promise<std::string> ended;
};

class GarbageHandshakeTest : public ::testing::Test {
 protected:
  GarbageHandshakeTest() { ::setenv(role, "handshake", 1); }
  ~GarbageHandshakeTest() override { ::unsetenv(role); }

  // How a worker ended that shook hands so; true if its hand was taken.
  std::pair<bool, std::string> end_of(const std::string& change) {
    const auto owner = std::make_shared<curious_owner>();
    auto ended = owner->ended.get_future();
    node::start(*host_, owner,
                std::make_shared<node_options>(node_options{
                    environment_with({std::string(handshake_change) + "=" + change})}));
    EXPECT_EQ(ended.wait_for(guard), std::future_status::ready) << change;
    return {owner->ready == 1, ended.get()};
  }

  const std::shared_ptr<node_host> host_ = node_host::make({"/proc/self/exe", start_method::spawn});
};

TEST_F(GarbageHandshakeTest, IsTakenAsItShouldBeAndOnceOnly) {
  EXPECT_TRUE(end_of("none").first);
  const auto twice = end_of("twice");
  EXPECT_TRUE(twice.first);
  EXPECT_NE(twice.second.find("sent what is no message"), std::string::npos) << twice.second;
  const auto other = end_of("state");
  EXPECT_FALSE(other.first);
  EXPECT_NE(other.second.find("sent what is no message"), std::string::npos) << other.second;
}

TEST_F(GarbageHandshakeTest, EndsTheWorkerWhateverIsInIt) {
  const auto size = frame_of(frame_kind::handshake, 0, true_handshake()).size();
  int taken = 0;
  int refused = 0;
  for (std::size_t at = 0; at < size; ++at) {
    const auto [ready, how] = end_of(std::to_string(at) + " " + std::to_string(1U << (at * 3 % 8)));
    EXPECT_NE(how.find("worker process "), std::string::npos) << how;
    ++(ready ? taken : refused);
  }
  // The cell of its frame does not matter, say, and its version does.
  EXPECT_GT(taken, 0);
  EXPECT_GT(refused, 0);
  for (std::size_t words = 0; words < true_handshake().words().size(); ++words) {
    EXPECT_FALSE(end_of("cut " + std::to_string(words)).first) << words;
  }
  for (std::size_t length = 0; length < size; length += 5) {
    const auto [ready, how] = end_of("half " + std::to_string(length));
    EXPECT_FALSE(ready);
    EXPECT_NE(how.find("exited with code 0"), std::string::npos) << how;
  }
}

}  // namespace
}  // namespace offstage

int main(int argc, char** argv) {
  if (const auto* what = std::getenv(offstage::role); what && std::getenv(offstage::node_mark)) {
    if (std::string(what) == "handshake") offstage::shake_hands_falsely();
    offstage::false_worker().run();
  }
  offstage::worker_entry(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
