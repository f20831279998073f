#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace forest {

struct tree {
  int leaf = 0;
  std::vector<tree> branches;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tree& x) {
  return f(x.leaf, x.branches);
}

struct chain {
  std::unique_ptr<chain> next;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, chain& x) {
  return f(x.next);
}

// Calls itself without a container in between.
struct onion {
  std::shared_ptr<onion> inner;
};

}  // namespace forest

template <>
struct offstage::codec<forest::onion> {
  static void encode(byte_writer& writer, const forest::onion& value) {
    writer.write(value.inner != nullptr);
    if (value.inner) writer.write(*value.inner);
  }
  static forest::onion decode(byte_reader& reader) {
    if (!reader.read<bool>()) return {};
    return {std::make_shared<forest::onion>(reader.read<forest::onion>())};
  }
};

namespace offstage {
namespace {

using namespace forest;

tree nested(std::size_t depth) {
  tree root;
  for (auto* at = &root; depth > 1; --depth) {
    at->branches.emplace_back();
    at = &at->branches.front();
  }
  return root;
}

chain linked(std::size_t length) {
  chain first;
  for (auto* at = &first; length > 1; --length) {
    at->next = std::make_unique<chain>();
    at = at->next.get();
  }
  return first;
}

TEST(NestingTest, RoundTripsValuesNestedAsDeepAsAllowed) {
  // A tree and its vector of branches are two levels.
  EXPECT_EQ(decoding_error<tree>(encode_to_bytes(nested(nesting_depth_max / 2))), "");
  EXPECT_EQ(decoding_error<chain>(encode_to_bytes(linked(nesting_depth_max / 2))), "");
}

TEST(NestingTest, RefusesToEncodeValuesNestedDeeper) {
  EXPECT_NE(encoding_error(nested(nesting_depth_max / 2 + 1)).find("at most 256 levels"),
            std::string::npos);
  EXPECT_NE(encoding_error(linked(5'000)), "");
}

TEST(NestingTest, RefusesToDecodeValuesNestedDeeper) {
  // Every tree has one branch and every chain a next, without end.
  bytes trees;
  for (int i = 0; i < 100'000; ++i) trees.insert(trees.end(), {{}, {}, {}, {}, std::byte{1}});
  EXPECT_NE(decoding_error<tree>(trees).find("nesting at "), std::string::npos);
  EXPECT_NE(decoding_error<chain>(bytes(100'000, std::byte{1})).find("nesting at "),
            std::string::npos);
  EXPECT_NE(decoding_error<onion>(bytes(100'000, std::byte{1})).find("nesting at "),
            std::string::npos);
}

TEST(NestingTest, CountsDepthAndNotNumber) {
  const std::vector<std::vector<std::string>> wide(5000, std::vector<std::string>(3, "x"));
  EXPECT_TRUE(survives(wide));
  tree root;
  root.branches.resize(5000);
  EXPECT_EQ(round_trip(root).branches.size(), 5000U);
}

}  // namespace
}  // namespace offstage
