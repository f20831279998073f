#include "messages/codec/users_code.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "messages/codec/all_codecs.h"

namespace offstage {
namespace {

struct point {
  double x = 0;
  double y = 0;
  bool operator<(const point& other) const { return x < other.x; }
};

enum class color { red };

struct inspected {
  std::string text;
};

template <class Inspector>
auto inspect(Inspector& inspector, inspected& value) {
  return inspector(value.text);
}

struct with_a_codec {
  int number = 0;
};

struct backwards {
  bool operator()(int left, int right) const { return right < left; }
};

template <class T>
struct own_allocator : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = own_allocator<U>;
  };
};

}  // namespace

template <>
struct codec<with_a_codec> {
  static void encode(byte_writer& writer, const with_a_codec& value) { writer.write(value.number); }
  static with_a_codec decode(byte_reader& reader) { return {reader.read<int>()}; }
};

namespace {

template <class... Ts>
constexpr bool all_quiet = (is_quiet<Ts> && ...);

template <class... Ts>
constexpr bool none_quiet = (!is_quiet<Ts> && ...);

TEST(UsersCodeTest, IsNotCalledForTypesOfTheStandardLibraryAndPlainMemory) {
  EXPECT_TRUE((all_quiet<void, bool, int, double, color, point>));
  EXPECT_TRUE((all_quiet<std::string, const std::string, std::u16string, std::filesystem::path>));
  EXPECT_TRUE((all_quiet<std::vector<int>, std::vector<bool>, std::vector<std::string>,
                         std::vector<point>, std::array<std::string, 3>>));
  EXPECT_TRUE((all_quiet<std::map<std::string, std::vector<int>>, std::map<int, point>,
                         std::set<std::string>, std::unordered_map<int, std::string>>));
  EXPECT_TRUE((all_quiet<std::optional<std::string>, std::variant<int, std::string>,
                         std::unique_ptr<std::string>, std::pair<int, std::string>, std::tuple<>>));
  EXPECT_TRUE((all_quiet<std::chrono::seconds, std::chrono::system_clock::time_point>));
}

TEST(UsersCodeTest, IsCalledForTypesWithCodecsOrInspectOfTheUsers) {
  EXPECT_TRUE((none_quiet<inspected, with_a_codec>));
  EXPECT_TRUE((none_quiet<std::vector<inspected>, std::vector<with_a_codec>,
                          std::array<inspected, 2>, std::optional<with_a_codec>,
                          std::map<int, with_a_codec>, std::pair<int, inspected>>));
}

TEST(UsersCodeTest, IsCalledForOrdersHashesAndAllocatorsOfTheUsers) {
  EXPECT_TRUE((none_quiet<std::set<int, backwards>, std::map<int, int, backwards>>));
  // std::less calls what belongs to the key.
  EXPECT_TRUE((none_quiet<std::set<point>, std::map<point, int>>));
  EXPECT_TRUE((none_quiet<std::vector<int, own_allocator<int>>>));
}

}  // namespace
}  // namespace offstage
