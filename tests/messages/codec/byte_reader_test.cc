#include "messages/codec/byte_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "messages/codec/byte_writer.h"
#include "tests/messages/codec/codec_checks.h"

namespace offstage {
namespace {

TEST(ByteReaderTest, ReadsTheSizesThatTheWriterWrote) {
  for (std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{254}, std::size_t{255}, std::size_t{256},
        std::size_t{1} << 40, std::numeric_limits<std::size_t>::max()}) {
    byte_writer writer;
    writer.write_size(size);
    EXPECT_EQ(writer.size(), size < 255 ? 1U : 9U);
    const auto encoded = std::move(writer).take_bytes();
    byte_reader reader(encoded);
    EXPECT_EQ(reader.read_size("size"), size);
    EXPECT_EQ(reader.remaining(), 0U);
  }
}

TEST(ByteReaderTest, RefusesASizeThatIsLongerThanItNeedsToBe) {
  const auto encoded = bytes_of({255, 254, 0, 0, 0, 0, 0, 0, 0});
  byte_reader reader(encoded);
  EXPECT_THROW(reader.read_size("size"), codec_error);
}

TEST(ByteReaderTest, RefusesMoreElementsThanBytes) {
  const auto encoded = bytes_of({3, 0, 0});
  byte_reader reader(encoded);
  EXPECT_THROW(reader.read_count("row"), codec_error);
}

TEST(ByteReaderTest, MakesRoomForNoMoreThanTheBytesJustify) {
  const bytes encoded(100);
  const byte_reader reader(encoded);
  EXPECT_EQ(reader.room_for<std::string>(1), 1U);
  EXPECT_LE(reader.room_for<std::string>(100) * sizeof(std::string), 100 + sizeof(std::string));
}

TEST(ByteReaderTest, TakesBytesInPlace) {
  const auto encoded = bytes_of({1, 2, 3});
  byte_reader reader(encoded);
  EXPECT_EQ(reader.take(2, "two").data(), encoded.data());
  EXPECT_EQ(reader.remaining(), 1U);
  EXPECT_THROW(reader.take(2, "two"), codec_error);
  EXPECT_EQ(reader.remaining(), 1U);
}

TEST(ByteWriterTest, KeepsNothingWhenItMeasures) {
  auto writer = byte_writer::measuring();
  writer.write(1, std::string("one"));
  EXPECT_EQ(writer.size(), 8U);
  EXPECT_TRUE(std::move(writer).take_bytes().empty());
}

TEST(ByteWriterTest, GivesAnElementWithoutBytesOne) {
  byte_writer writer;
  writer.write(std::tuple<>());
  EXPECT_EQ(writer.size(), 0U);
  writer.write_element(std::tuple<>());
  EXPECT_EQ(writer.size(), 1U);
  writer.write_element('a');
  EXPECT_EQ(std::move(writer).take_bytes(), bytes_of({0, 'a'}));
}

// Blocks that are made larger, and an account of what was asked for.
class growing_memory final : public byte_memory {
 public:
  explicit growing_memory(std::size_t most) : most_(most) {}
  std::span<std::byte> enlarge(std::size_t used, std::size_t wanted) override {
    asked.push_back(wanted);
    if (wanted > most_) return {};
    std::vector<std::byte> larger(wanted + 10);
    std::copy_n(room.begin(), used, larger.begin());
    room.swap(larger);
    return room;
  }

  std::vector<std::byte> room;
  std::vector<std::size_t> asked;

 private:
  const std::size_t most_;
};

TEST(ByteWriterTest, MovesToOtherMemoryWhenItHasMuch) {
  growing_memory memory(1000);
  byte_writer writer(memory, 20);
  byte_writer usual;
  const auto both = [&](const std::string& text) {
    writer.write(text);
    usual.write(text);
  };
  both("0123456789");
  EXPECT_TRUE(memory.asked.empty());
  EXPECT_FALSE(writer.moved());
  both("012345678901");
  EXPECT_TRUE(writer.moved());
  EXPECT_EQ(memory.asked, (std::vector<std::size_t>{24}));
  for (int i = 0; i < 30; ++i) both("more and more");
  const auto bytes = std::move(usual).take_bytes();
  ASSERT_EQ(writer.size(), bytes.size());
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), memory.room.begin()));
  EXPECT_TRUE(std::move(writer).take_bytes().empty());
}

TEST(ByteWriterTest, StaysWhereItIsWhileThereIsNoOtherMemory) {
  growing_memory none(0);
  byte_writer writer(none, 20);
  for (int i = 0; i < 100; ++i) writer.write(std::string("0123456789"));
  EXPECT_FALSE(writer.moved());
  // Asked again when there is twice as much, and not every time.
  EXPECT_LE(none.asked.size(), 6U);
  EXPECT_GE(none.asked.size(), 4U);
  EXPECT_EQ(std::move(writer).take_bytes().size(), 1100U);
}

TEST(ByteWriterTest, PadsToWhereAValueMayLie) {
  for (std::size_t before = 0; before < 40; ++before) {
    for (const std::size_t alignment : {1, 2, 4, 8, 16, 32, 64}) {
      byte_writer writer;
      for (std::size_t i = 0; i < before; ++i) writer.write('x');
      writer.write_padding(alignment);
      EXPECT_EQ(writer.size() % alignment, 0U);
      EXPECT_LE(writer.size(), before + alignment);
      writer.write('y');
      const auto bytes = std::move(writer).take_bytes();
      byte_reader reader(bytes);
      reader.take(before, "x");
      reader.read_padding("padding");
      EXPECT_EQ(reader.read<char>(), 'y');
    }
  }
}

TEST(ByteReaderTest, RefusesPaddingThatIsNone) {
  for (const auto& bad :
       {bytes_of({}), bytes_of({1}), bytes_of({2, 0}), bytes_of({1, 1}),
        std::vector<std::byte>(100, std::byte{64}), std::vector<std::byte>(300, std::byte{255})}) {
    byte_reader reader(bad);
    EXPECT_THROW(reader.read_padding("padding"), codec_error);
  }
}

TEST(ByteReaderTest, KnowsWhoKeepsItsBytes) {
  const auto bytes = bytes_of({1});
  EXPECT_EQ(byte_reader(bytes).keeper(), nullptr);
  const auto keeper = std::make_shared<int>(1);
  EXPECT_EQ(byte_reader(bytes, keeper).keeper(), keeper);
}

}  // namespace
}  // namespace offstage
