#include "messages/codec/byte_reader.h"

#include <gtest/gtest.h>

#include <limits>

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

}  // namespace
}  // namespace offstage
