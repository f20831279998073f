// The order of a walk, over many small trees with awkward names.

#include "examples/digest_tree/tree_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/offstage.h"
#include "tests/examples/program.h"

namespace digest_tree {
namespace {

using offstage::testing::temporary_folder;

// A few files below `base`; names differ by what sorts before and after a slash.
void grow(const temporary_folder& tree, const std::string& base, std::mt19937& random, int depth) {
  static const std::vector<std::string> parts{"a", "-", ".", "0", "!", "\xff", "\x01", "A"};
  for (int i = 0; i < 5; ++i) {
    std::string name = "x";
    for (auto length = random() % 3; length > 0; --length) name += parts[random() % parts.size()];
    const auto path = base + '/' + name;
    if (std::filesystem::exists(tree.path() / path)) continue;
    if (depth > 0 && random() % 2 == 0) {
      std::filesystem::create_directories(tree.path() / path);
      grow(tree, path, random, depth - 1);
    } else {
      tree.write(path, "12345");
    }
  }
}

// As it comes back from another process.
listing crossed(const listing& found) {
  return offstage::decode_from_bytes<listing>(offstage::encode_to_bytes(found));
}

std::vector<std::string> walk_all(std::vector<std::string> paths, std::size_t step) {
  std::vector<std::string> files;
  tree_walk walk(std::move(paths));
  for (bool more = true; more;) {
    auto found = list_files({}, std::move(walk), step);
    EXPECT_LE(found.files.size(), step);
    EXPECT_TRUE(found.problems.empty());
    for (const auto& each : found.files) files.push_back(each.path);
    more = found.more;
    walk = std::move(found.walk);
  }
  return files;
}

std::vector<std::string> all_below(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    for (const auto& each : std::filesystem::recursive_directory_iterator(path)) {
      if (each.is_regular_file()) files.push_back(each.path().string());
    }
  }
  return files;
}

TEST(TreeWalkTest, MeetsEveryFileInTheOrderOfThePaths) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    temporary_folder tree;
    grow(tree, "t", random, 3);
    std::vector<std::string> paths{tree.path() / "t"};
    // Some of the folders once more, in any order.
    for (const auto& each : std::filesystem::recursive_directory_iterator(paths[0])) {
      if (each.is_directory() && random() % 3 == 0) paths.push_back(each.path().string());
    }
    std::shuffle(paths.begin(), paths.end(), random);
    auto expected = all_below(paths);
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(walk_all(paths, 1 + random() % 10), expected) << "seed " << seed;
    const auto total = count_files({}, paths);
    EXPECT_EQ(total.files, expected.size());
    EXPECT_EQ(total.bytes, 5 * expected.size());
  }
}

TEST(TreeWalkTest, GoesOnInAnotherProcessAndFromACopy) {
  std::mt19937 random(1);
  temporary_folder tree;
  grow(tree, "t", random, 3);
  const std::vector<std::string> paths{tree.path() / "t"};
  std::vector<std::string> files;
  listing last{.walk = tree_walk(paths), .files = {}, .problems = {}};
  last = crossed(last);
  while (last.more) {
    // The first one is lost; and a walk that has crossed crosses again as it is.
    list_files({}, last.walk, 3);
    last = crossed(crossed(list_files({}, last.walk, 3)));
    for (const auto& each : last.files) files.push_back(each.path);
  }
  auto expected = all_below(paths);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(files, expected);
}

TEST(TreeWalkTest, BringsProblemsAndFilesFromAnotherProcess) {
  temporary_folder tree;
  tree.write("file", "12345");
  std::filesystem::create_symlink("nowhere", tree.path() / "link");
  const auto found =
      crossed(list_files({}, tree_walk({tree.path() / "file", tree.path() / "link"}), 10));
  ASSERT_EQ(found.files.size(), 1U);
  EXPECT_EQ(found.files[0].path, tree.path() / "file");
  EXPECT_EQ(found.files[0].size_bytes, 5U);
  EXPECT_EQ(found.files[0].how, links::followed);
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_EQ(found.problems[0].path, tree.path() / "link");
  EXPECT_EQ(found.problems[0].reason, "broken link (No such file or directory)");
  EXPECT_FALSE(found.more);
}

TEST(TreeWalkTest, LooksAtNothingBeforeTheFirstStep) {
  temporary_folder tree;
  tree_walk walk({tree.path() / "later"});
  tree.write("later/file", "");
  const auto found = list_files({}, std::move(walk), 10);
  EXPECT_EQ(found.files.size(), 1U);
  EXPECT_TRUE(found.problems.empty());
  EXPECT_FALSE(found.more);
}

TEST(TreeWalkTest, StopsWhenItIsAsked) {
  temporary_folder tree;
  tree.write("t/a", "");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(list_files(stop.get_token(), tree_walk({tree.path()}), 10).files.empty());
  EXPECT_EQ(count_files(stop.get_token(), {tree.path()}).files, 0U);
}

}  // namespace
}  // namespace digest_tree
