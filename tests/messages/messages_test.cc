// Messages as values: written, copied, read, cut and scrambled.

#include <capnp/message.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "messages/command.capnp.h"
#include "messages/command.h"
#include "messages/failure.h"
#include "messages/flat_message.h"
#include "messages/handshake.capnp.h"
#include "messages/log_message.h"
#include "messages/payload.capnp.h"
#include "messages/prepared.h"
#include "messages/state_message.capnp.h"
#include "messages/state_message.h"

namespace offstage {
namespace {

flat_message filled(std::size_t size) {
  flat_message out(size);
  for (std::size_t i = 0; i < size; ++i) out.writable()[i] = i * 3 + 1;
  return out;
}

std::vector<flat_message::word> words_of(const flat_message& message) {
  return {message.words().begin(), message.words().end()};
}

TEST(FlatMessageTest, KeepsItsWordsThroughCopiesAndMovesOfEverySize) {
  for (std::size_t from_size = 0; from_size <= 2 * flat_message::inline_words; ++from_size) {
    const auto original = filled(from_size);
    const auto expected = words_of(original);
    EXPECT_EQ(original.empty(), from_size == 0);
    for (std::size_t to_size = 0; to_size <= 2 * flat_message::inline_words; ++to_size) {
      auto copied = filled(to_size);
      copied = original;
      EXPECT_EQ(words_of(copied), expected);
      auto moved = filled(to_size);
      moved = std::move(copied);
      EXPECT_EQ(words_of(moved), expected);
      EXPECT_TRUE(copied.empty());
      flat_message constructed(std::move(moved));
      EXPECT_EQ(words_of(constructed), expected);
      EXPECT_TRUE(moved.empty());
      auto& itself = constructed;
      constructed = itself;
      EXPECT_EQ(words_of(constructed), expected);
    }
    EXPECT_EQ(words_of(original), expected);
  }
}

TEST(FlatMessageTest, HoldsTheMessagesOfEveryTaskWithoutAnAllocation) {
  EXPECT_LE(make_started({~0ULL, ~0U}).words().size(), flat_message::inline_words);
  EXPECT_LE(make_abandoned({~0ULL, ~0U}).words().size(), flat_message::inline_words);
  EXPECT_LE(make_returned({~0ULL, ~0U}, {payload_kind::slot}).words().size(),
            flat_message::inline_words);
  EXPECT_LE(make_run_task(~0ULL, {payload_kind::slot}).words().size(), flat_message::inline_words);
}

constexpr message_origin origin{0x0123456789abcdefULL, 77};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

failure rich_failure() {
  failure why;
  why.kind = failure_kind::encoding;
  why.type = "a::b<c>";
  why.what = std::string("any \0 bytes \xff\xfe", 14);
  why.stack = "one\ntwo";
  why.causes = {{"d", "e"}, {"", std::string(1000, 'x')}};
  why.output = std::string("printed\n\0\xff", 10) + std::string(65536, 'x');
  return why;
}

std::vector<flat_message> all_state_messages() {
  static const std::string bytes(100, 'b');
  return {make_started(origin),
          make_abandoned(origin),
          make_returned(origin, {payload_kind::nothing}),
          make_returned(origin, {payload_kind::slot}),
          make_returned(origin, {payload_kind::bytes, bytes_of(bytes)}),
          make_raised(origin, rich_failure()),
          make_raised(origin, {}),
          make_custom(origin, "ping", {payload_kind::bytes, bytes_of(bytes)})};
}

TEST(StateMessageTest, ReadsWhatWasWritten) {
  const state_message_kind kinds[] = {state_message_kind::started,  state_message_kind::abandoned,
                                      state_message_kind::returned, state_message_kind::returned,
                                      state_message_kind::returned, state_message_kind::raised,
                                      state_message_kind::raised,   state_message_kind::custom};
  const auto messages = all_state_messages();
  ASSERT_EQ(messages.size(), std::size(kinds));
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto read = read_state_message(messages[i]);
    EXPECT_EQ(read.kind, kinds[i]);
    EXPECT_EQ(read.origin.task, origin.task);
    EXPECT_EQ(read.origin.sequence, origin.sequence);
  }
  EXPECT_EQ(read_state_message(messages[2]).value.kind, payload_kind::nothing);
  EXPECT_EQ(read_state_message(messages[3]).value.kind, payload_kind::slot);
  EXPECT_EQ(read_state_message(messages[4]).value.kind, payload_kind::bytes);
  EXPECT_EQ(read_state_message(messages[4]).value.bytes.size(), 100U);
  EXPECT_EQ(read_state_message(messages[7]).name, "ping");
}

// What Cap'n Proto makes of a message without our help.
template <class Fill>
std::vector<flat_message::word> built_by_capnp(message_origin from, Fill fill) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<schema::StateMessage>();
  root.setTask(from.task);
  root.setSequence(from.sequence);
  fill(root);
  const auto flat = capnp::messageToFlatArray(builder);
  std::vector<flat_message::word> out(flat.size());
  std::memcpy(out.data(), flat.begin(), flat.asBytes().size());
  return out;
}

TEST(StateMessageTest, HasTheWordsThatCapnProtoBuilds) {
  for (const auto from : {message_origin{}, origin, message_origin{1, ~0U}, {~0ULL, 0x80000001U}}) {
    EXPECT_EQ(words_of(make_started(from)),
              built_by_capnp(from, [](auto root) { root.setStarted(); }));
    EXPECT_EQ(words_of(make_abandoned(from)),
              built_by_capnp(from, [](auto root) { root.setAbandoned(); }));
    EXPECT_EQ(words_of(make_returned(from, {payload_kind::nothing})),
              built_by_capnp(from, [](auto root) { root.initReturned().setNothing(); }));
    EXPECT_EQ(words_of(make_returned(from, {payload_kind::slot})),
              built_by_capnp(from, [](auto root) { root.initReturned().setSlot(); }));
  }
}

TEST(StateMessageTest, KeepsAFailureWhole) {
  const auto why = rich_failure();
  const auto read = read_failure(make_raised(origin, why));
  EXPECT_EQ(read.kind, why.kind);
  EXPECT_EQ(read.type, why.type);
  EXPECT_EQ(read.what, why.what);
  EXPECT_EQ(read.stack, why.stack);
  EXPECT_EQ(read.output, why.output);
  EXPECT_EQ(read.causes, why.causes);
  EXPECT_EQ(read.original, nullptr);
  EXPECT_THROW(read_failure(make_started(origin)), malformed_message);
}

TEST(StateMessageTest, KnowsWhichMessagesAreFinal) {
  for (const auto kind :
       {state_message_kind::abandoned, state_message_kind::returned, state_message_kind::raised}) {
    EXPECT_TRUE(is_final(kind)) << to_string(kind);
  }
  for (const auto kind :
       {state_message_kind::started, state_message_kind::generated, state_message_kind::progressed,
        state_message_kind::stepped, state_message_kind::custom}) {
    EXPECT_FALSE(is_final(kind)) << to_string(kind);
  }
}

// Reads everything that can be read; either it works or it says that the words are no message.
template <class Read>
void read_or_refuse(const flat_message& message, Read&& read) {
  try {
    read(message);
  } catch (const malformed_message&) {
  }
}

void read_all_of_state_message(const flat_message& message) {
  const auto read = read_state_message(message);
  std::size_t sum = read.name.size();
  for (const auto each : read.value.bytes) sum += static_cast<std::size_t>(each);
  if (read.kind == state_message_kind::raised) sum += read_failure(message).summary().size();
  EXPECT_GE(sum, 0U);
}

template <class Read>
void scramble(const flat_message& whole, Read&& read) {
  // Every truncation.
  for (std::size_t size = 0; size < whole.words().size(); ++size) {
    flat_message cut(size);
    std::memcpy(cut.writable().data(), whole.words().data(), size * sizeof(flat_message::word));
    read_or_refuse(cut, read);
  }
  // Every change of a single byte.
  const auto size = whole.words().size_bytes();
  for (std::size_t at = 0; at < size; ++at) {
    for (int value = 0; value < 256; ++value) {
      flat_message changed(whole.words().size());
      std::memcpy(changed.writable().data(), whole.words().data(), size);
      reinterpret_cast<unsigned char*>(changed.writable().data())[at] =
          static_cast<unsigned char>(value);
      read_or_refuse(changed, read);
    }
  }
}

TEST(StateMessageTest, SurvivesEveryTruncationAndEveryChangeOfAByte) {
  for (const auto& message : all_state_messages()) {
    if (message.words().size() < 64) scramble(message, read_all_of_state_message);
  }
  failure why;
  why.type = "t";
  why.what = "w";
  why.causes = {{"c", "d"}};
  scramble(make_raised(origin, why), read_all_of_state_message);
}

TEST(CommandTest, ReadsWhatWasWritten) {
  const auto run = read_command(make_run_task(42, {payload_kind::slot}));
  EXPECT_EQ(run.kind, command_kind::run_task);
  EXPECT_EQ(run.task, 42U);
  EXPECT_EQ(run.body.kind, payload_kind::slot);
}

// Each kind of command is written by the node, and each field of a handshake is read by it.
TEST(VocabularyTest, HasNoWordsThatNobodySays) {
  EXPECT_EQ(capnp::Schema::from<schema::Command>().getUnionFields().size(), 3U);
  EXPECT_EQ(capnp::Schema::from<schema::Payload>().getUnionFields().size(), 4U);
  EXPECT_EQ(capnp::Schema::from<schema::Handshake>().getFields().size(), 2U);
}

TEST(CommandTest, PreparesAWorker) {
  static const std::string bytes(20, 'i');
  const auto all = read_command(make_prepare(1ULL << 40, {payload_kind::bytes, bytes_of(bytes)}));
  EXPECT_EQ(all.kind, command_kind::prepare);
  EXPECT_EQ(all.memory_max_bytes, 1ULL << 40);
  EXPECT_EQ(all.body.kind, payload_kind::bytes);
  EXPECT_EQ(all.body.bytes.size(), 20U);
  const auto none = make_prepare(0, {});
  EXPECT_EQ(read_command(none).memory_max_bytes, 0U);
  EXPECT_EQ(read_command(none).body.kind, payload_kind::nothing);
}

TEST(PreparedTest, ReadsWhatWasWritten) {
  EXPECT_FALSE(read_prepared(make_prepared(std::nullopt)));
  const auto why = rich_failure();
  const auto read = read_prepared(make_prepared(why));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, why.kind);
  EXPECT_EQ(read->type, why.type);
  EXPECT_EQ(read->what, why.what);
  EXPECT_EQ(read->causes, why.causes);
}

TEST(PreparedTest, SurvivesEveryTruncationAndEveryChangeOfAByte) {
  failure why;
  why.type = "t";
  why.what = "w";
  why.causes = {{"c", "d"}};
  for (const auto& message : {make_prepared(std::nullopt), make_prepared(why)}) {
    scramble(message, [](const flat_message& changed) { read_prepared(changed); });
  }
}

TEST(FailureTest, CrossesWithEachKind) {
  for (const auto kind :
       {failure_kind::raised, failure_kind::infrastructure, failure_kind::protocol,
        failure_kind::encoding, failure_kind::out_of_memory}) {
    failure why;
    why.kind = kind;
    EXPECT_EQ(read_failure(make_raised(origin, why)).kind, kind) << to_string(kind);
    EXPECT_NE(to_string(kind), "unknown");
  }
}

TEST(CommandTest, SurvivesEveryTruncationAndEveryChangeOfAByte) {
  static const std::string bytes(20, 'b');
  scramble(make_run_task(42, {payload_kind::bytes, bytes_of(bytes)}),
           [](const flat_message& message) {
             const auto read = read_command(message);
             EXPECT_LE(read.body.bytes.size(), message.words().size_bytes());
           });
  scramble(make_prepare(7, {payload_kind::bytes, bytes_of(bytes)}),
           [](const flat_message& message) {
             const auto read = read_command(message);
             EXPECT_LE(read.body.bytes.size(), message.words().size_bytes());
           });
}

log_record some_record(std::string_view text) {
  using std::chrono::system_clock;
  return {system_clock::time_point(system_clock::duration(1234567890123456789)),
          log_level::error,
          log_room::application,
          4711,
          ~0ULL,
          text};
}

TEST(LogMessageTest, ReadsWhatWasWritten) {
  for (const std::string& text :
       {std::string(), std::string("one"), std::string("\0\n\xff", 3), std::string(65536, 'x')}) {
    const auto message = make_log_message(some_record(text));
    const auto read = read_log_message(message);
    EXPECT_EQ(read.time, some_record("").time);
    EXPECT_EQ(read.level, log_level::error);
    EXPECT_EQ(read.room, log_room::application);
    EXPECT_EQ(read.process, 4711);
    EXPECT_EQ(read.task, ~0ULL);
    EXPECT_EQ(read.text, text);
  }
  for (std::size_t room = 0; room < log_room_count; ++room) {
    for (const auto level : {log_level::trace, log_level::debug, log_level::info,
                             log_level::warning, log_level::error}) {
      auto record = some_record("text");
      record.room = static_cast<log_room>(room);
      record.level = level;
      const auto message = make_log_message(record);
      const auto read = read_log_message(message);
      EXPECT_EQ(read.room, record.room);
      EXPECT_EQ(read.level, record.level);
    }
  }
}

TEST(LogMessageTest, RefusesLevelsAndRoomsThatThereAreNot) {
  auto record = some_record("text");
  record.level = log_level::off;
  EXPECT_THROW(read_log_message(make_log_message(record)), malformed_message);
  record.level = log_level::info;
  record.room = static_cast<log_room>(log_room_count);
  EXPECT_THROW(read_log_message(make_log_message(record)), malformed_message);
}

TEST(LogMessageTest, SurvivesEveryTruncationAndEveryChangeOfAByte) {
  for (const auto& each : {make_log_message(some_record("")), make_log_message(some_record("t")),
                           make_log_message(some_record(std::string(50, 'x')))}) {
    scramble(each, [](const flat_message& message) {
      const auto read = read_log_message(message);
      EXPECT_LE(read.text.size(), message.words().size_bytes());
      EXPECT_LT(static_cast<std::size_t>(read.room), log_room_count);
      EXPECT_LT(read.level, log_level::off);
      std::size_t sum = 0;
      for (const char each : read.text) sum += static_cast<unsigned char>(each);
      EXPECT_LE(sum, 255 * read.text.size());
    });
  }
}

TEST(LogRecordTest, NamesLevelsAndRooms) {
  EXPECT_EQ(to_string(log_level::trace), "trace");
  EXPECT_EQ(to_string(log_level::off), "off");
  EXPECT_EQ(to_string(static_cast<log_level>(77)), "unknown");
  EXPECT_EQ(to_string(log_room::application), "application");
  EXPECT_EQ(to_string(static_cast<log_room>(log_room_count)), "unknown");
}

TEST(MessagesTest, RefuseAnEmptyMessage) {
  EXPECT_THROW(read_log_message(flat_message()), malformed_message);
  EXPECT_THROW(read_state_message(flat_message()), malformed_message);
  EXPECT_THROW(read_command(flat_message()), malformed_message);
}

TEST(FailureTest, SummarisesTypeTextAndCauses) {
  failure why;
  why.type = "t";
  why.what = "w";
  why.causes = {{"c", "d"}, {"", "e"}};
  EXPECT_EQ(why.summary(), "t: w; caused by c: d; caused by e");
}

}  // namespace
}  // namespace offstage
