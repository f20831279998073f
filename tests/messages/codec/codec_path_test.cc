#include "messages/codec/codec_path.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace offstage {
namespace {

using std::filesystem::path;

TEST(CodecPathTest, RoundTripsPathsUnchanged) {
  for (const auto* text : {"", "/", "a", "/a/../b//c/", "white space", "\xff not UTF-8", "\n"}) {
    EXPECT_EQ(round_trip(path(text)).native(), text);
  }
  EXPECT_TRUE(survives(std::vector<path>{"/usr", "lib"}));
}

TEST(CodecPathTest, RefusesLengthsBeyondTheInput) {
  EXPECT_NE(decoding_error<path>(bytes_of({3, 'a', 'b'})), "");
}

}  // namespace
}  // namespace offstage
