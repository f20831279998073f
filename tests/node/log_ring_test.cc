// Records in memory that two sides see: here, two mappings of the same ring.

#include "actors/node/log_ring.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>

#include "actors/node/lane.h"
#include "messages/log_message.h"
#include "messages/payload.h"

namespace offstage {
namespace {

flat_message message_of(std::string_view text) {
  return make_log_message({{}, log_level::info, log_room::node, 1, 2, text});
}

// Of every size, in a pattern.
std::string text_of(int number) {
  return std::to_string(number) + std::string(static_cast<std::size_t>(number * 7 % 500), 'x');
}

class LogRingTest : public ::testing::Test {
 protected:
  std::string take_text() {
    const auto words = ours.take();
    return words ? std::string(read_log_message(*words).text) : "nothing";
  }

  // The ring as bytes, for those who write what they should not.
  std::byte* bytes() { return static_cast<std::byte*>(raw.data()); }
  void set_written(std::uint64_t position) { std::memcpy(bytes(), &position, sizeof position); }
  static constexpr std::size_t frames_at = 128;

  static descriptor copy_of(int number) { return descriptor(fcntl(number, F_DUPFD_CLOEXEC, 0)); }

  log_ring ours;
  log_ring theirs{copy_of(ours.handle())};
  shared_memory raw{copy_of(ours.handle()), frames_at + log_ring::size_bytes};
};

TEST_F(LogRingTest, IsEmptyInTheBeginning) {
  EXPECT_EQ(ours.take(), std::nullopt);
  EXPECT_EQ(ours.take_dropped(), 0U);
  EXPECT_EQ(ours.unread(), 0U);
}

TEST_F(LogRingTest, GivesWhatWasPutOnceAndInOrder) {
  EXPECT_TRUE(theirs.put(message_of("one")));
  EXPECT_TRUE(theirs.put(message_of("")));
  EXPECT_TRUE(theirs.put(message_of("three")));
  EXPECT_EQ(ours.unread(), 3U);
  EXPECT_EQ(take_text(), "one");
  EXPECT_EQ(take_text(), "");
  EXPECT_EQ(take_text(), "three");
  EXPECT_EQ(take_text(), "nothing");
  EXPECT_EQ(ours.unread(), 0U);
}

TEST_F(LogRingTest, TakesWhatFitsAndNothingElse) {
  int put = 0;
  while (theirs.fits(message_of(text_of(put)))) ASSERT_TRUE(theirs.put(message_of(text_of(put++))));
  EXPECT_GT(put, 500);
  EXPECT_FALSE(theirs.put(message_of(text_of(put))));
  theirs.drop(1);
  EXPECT_EQ(ours.unread(), static_cast<std::uint64_t>(put) + 1);
  for (int i = 0; i < put; ++i) ASSERT_EQ(take_text(), text_of(i));
  EXPECT_EQ(take_text(), "nothing");
  EXPECT_EQ(ours.take_dropped(), 1U);
  EXPECT_EQ(ours.take_dropped(), 0U);
  EXPECT_TRUE(theirs.put(message_of("again")));
  EXPECT_EQ(take_text(), "again");
}

TEST_F(LogRingTest, HoldsTheLargestRecordThatThereIs) {
  const std::string large(64 * 1024, 'y');
  int put = 0;
  while (theirs.put(message_of(large))) ++put;
  EXPECT_EQ(put, 3);
  for (int i = 0; i < put; ++i) EXPECT_EQ(take_text(), large);
}

TEST_F(LogRingTest, KeepsEveryRecordOfAWriterThatNeverWaits) {
  constexpr int count = 100000;
  std::thread writer([&] {
    for (int i = 0; i < count; ++i) {
      const auto words = message_of(text_of(i));
      while (!theirs.put(words)) std::this_thread::yield();
    }
  });
  for (int i = 0; i < count;) {
    const auto words = ours.take();
    if (!words) continue;
    const auto read = read_log_message(*words);
    if (read.text != text_of(i)) {
      ADD_FAILURE() << read.text << " in the place of " << text_of(i);
      break;
    }
    ++i;
  }
  writer.join();
}

TEST_F(LogRingTest, IsRungOnceByWhoeverFindsTheReaderAsleep) {
  EXPECT_FALSE(theirs.wakes_reader());
  EXPECT_TRUE(ours.fall_asleep());
  theirs.put(message_of("one"));
  EXPECT_TRUE(theirs.wakes_reader());
  EXPECT_FALSE(theirs.wakes_reader());
  EXPECT_FALSE(ours.fall_asleep());
  EXPECT_EQ(take_text(), "one");
  EXPECT_TRUE(ours.fall_asleep());
  theirs.drop(1);
  EXPECT_TRUE(theirs.wakes_reader());
  EXPECT_FALSE(ours.fall_asleep());
}

// What is in it cannot have been put there.

TEST_F(LogRingTest, RefusesPositionsThatThereAreNot) {
  theirs.put(message_of("one"));
  EXPECT_EQ(take_text(), "one");
  for (const std::uint64_t position :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{log_ring::size_bytes * 2},
        ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    set_written(position);
    EXPECT_THROW(ours.take(), malformed_message) << position;
  }
}

TEST_F(LogRingTest, RefusesFramesThatAreNone) {
  const frame_header headers[] = {{0, frame_kind::log_record, 0},
                                  {100, frame_kind::log_record, 0},
                                  {0xffffffff, frame_kind::log_record, 0},
                                  {2, frame_kind::state, 0},
                                  {2, static_cast<frame_kind>(77), 0}};
  for (const auto& each : headers) {
    theirs.put(message_of("one"));
    std::memcpy(bytes() + frames_at, &each, sizeof each);
    EXPECT_THROW(ours.take(), malformed_message);
  }
}

}  // namespace
}  // namespace offstage
