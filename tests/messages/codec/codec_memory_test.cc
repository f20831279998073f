#include "messages/codec/codec_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <bitset>
#include <compare>
#include <complex>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <typeindex>
#include <variant>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace offstage {
namespace {

enum class color : std::uint8_t { red, green = 200 };
enum class huge : std::uint64_t { most = ~std::uint64_t{0} };
enum class answer : bool { no, yes };
enum old_style { first, second, third };

TEST(CodecMemoryTest, RoundTripsEnums) {
  EXPECT_TRUE(survives(color::green));
  EXPECT_TRUE(survives(static_cast<color>(77)));
  EXPECT_TRUE(survives(huge::most));
  EXPECT_TRUE(survives(third));
  EXPECT_TRUE(survives(std::byte{255}));
  EXPECT_TRUE(survives(std::vector<color>{color::red, color::green}));
  EXPECT_EQ(encode_to_bytes(color::green), bytes_of({200}));
  static_assert(has_plain_codec<color>);
}

TEST(CodecMemoryTest, TakesAnEnumOfBoolFromZeroAndOneOnly) {
  EXPECT_TRUE(survives(answer::yes));
  EXPECT_TRUE(survives(std::vector<answer>{answer::yes, answer::no}));
  EXPECT_NE(decoding_error<answer>(bytes_of({2})), "");
  EXPECT_NE(decoding_error<std::vector<answer>>(bytes_of({1, 2})), "");
}

struct point {
  double x = 0;
  double y = 0;
  bool operator==(const point&) const = default;
};

struct sample {
  int number;
  point at[2];
  char name[8];
  std::array<float, 3> colors;
  std::optional<int> rank;
  std::variant<int, double> level;
  std::chrono::milliseconds age;
  std::complex<float> phase;
  unsigned flag : 1;
};

class immutable {
 public:
  explicit immutable(int value) : value_(value) {}
  bool operator==(const immutable&) const = default;

 private:
  int value_;
};

union either {
  int number;
  float fraction;
};

struct derived : point {
  int more = 0;
  bool operator==(const derived&) const = default;
};

TEST(CodecMemoryTest, RoundTripsTriviallyCopyableClasses) {
  EXPECT_TRUE(survives(point{1.5, -0.0}));
  EXPECT_TRUE(survives(std::vector<point>{{1, 2}, {3, 4}}));
  EXPECT_TRUE(survives(immutable(3)));
  EXPECT_TRUE(survives(derived{{1, 2}, 3}));
  EXPECT_EQ(round_trip(either{5}).number, 5);
  const auto arrived =
      round_trip(sample{1, {{2, 3}, {4, 5}}, "name", {6, 7, 8}, 9, 10.5, {}, {1, 2}, 1});
  EXPECT_EQ(arrived.at[1], (point{4, 5}));
  EXPECT_STREQ(arrived.name, "name");
  EXPECT_EQ(arrived.rank, 9);
  EXPECT_EQ(std::get<double>(arrived.level), 10.5);
  EXPECT_EQ(arrived.flag, 1U);
}

TEST(CodecMemoryTest, CopiesRowsAtOnce) {
  static_assert(has_plain_codec<point>);
  EXPECT_EQ(encode_to_bytes(std::vector<point>(3)).size(), 1 + 3 * sizeof(point));
}

TEST(CodecMemoryTest, RoundTripsPlainTypesOfTheLibrary) {
  EXPECT_TRUE(survives(std::complex<double>(1, -2)));
  EXPECT_TRUE(survives(std::bitset<70>("101")));
  EXPECT_TRUE(survives(std::partial_ordering::unordered));
  EXPECT_TRUE(survives(std::monostate()));
}

TEST(CodecMemoryTest, NeedsNoBytesForAnEmptyClass) {
  struct empty {};
  EXPECT_TRUE(encode_to_bytes(empty()).empty());
  EXPECT_NO_THROW(decode_from_bytes<empty>({}));
  auto captureless = [](int n) { return n + 1; };
  EXPECT_EQ(round_trip(captureless)(1), 2);
}

TEST(CodecMemoryTest, RefusesAddresses) {
  static_assert(!has_codec<int*>);
  static_assert(!has_codec<const char*>);
  static_assert(!has_codec<void*>);
  static_assert(!has_codec<std::nullptr_t>);
  static_assert(!has_codec<int point::*>);
  static_assert(!has_codec<int (point::*)() const>);
  static_assert(!has_codec<int (*)(int)>);
  static_assert(!has_codec<int(int)>);
  static_assert(!has_codec<int&>);
  static_assert(!has_codec<const int&>);
  static_assert(!has_codec<int&&>);
  static_assert(!has_codec<void>);
  static_assert(!has_codec<int[3]>);
  static_assert(!has_codec<int[]>);
  static_assert(!has_codec<volatile int>);
  static_assert(!has_codec<volatile point>);
}

TEST(CodecMemoryTest, RefusesWhatTheLibraryUsesToReferElsewhere) {
  static_assert(!has_codec<std::string_view>);
  static_assert(!has_codec<std::span<int>>);
  static_assert(!has_codec<std::span<const int, 3>>);
  static_assert(!has_codec<std::reference_wrapper<int>>);
  static_assert(!has_codec<std::initializer_list<int>>);
  static_assert(!has_codec<std::vector<int>::iterator>);
  static_assert(!has_codec<std::array<int*, 2>>);
  static_assert(!has_codec<std::array<std::string_view, 2>>);
  static_assert(!has_codec<std::function<void()>>);
  static_assert(!has_codec<std::coroutine_handle<>>);
  static_assert(!has_codec<std::thread::id>);
  static_assert(!has_codec<std::error_code>);
  static_assert(!has_codec<std::type_index>);
  static_assert(!has_codec<std::atomic<int>>);
  static_assert(!has_codec<std::shared_ptr<int>>);
  static_assert(!has_codec<std::weak_ptr<int>>);
}

struct with_pointer {
  int number;
  double row[3];
  const char* text;
};
struct with_pointers {
  int* row[3];
};
struct with_inner {
  int number;
  with_pointer inner[2];
};
struct with_view {
  int number;
  std::string_view text;
};
struct with_maybe_view {
  int number;
  std::optional<std::string_view> text;
};
struct with_maybe_pointer {
  std::variant<int, int*> choice;
};
struct with_base : with_pointers {
  int number;
};
struct with_union {
  union {
    int number;
    float fraction;
  };
  int* pointer;
};
struct after_immutable {
  immutable number;
  const char* text;
};
struct with_reference {
  int& number;
};
struct with_constant {
  const int number;
};

TEST(CodecMemoryTest, RefusesStructsThatHoldAnAddressSomewhere) {
  static_assert(std::is_trivially_copyable_v<with_inner>);
  static_assert(!has_codec<with_pointer>);
  static_assert(!has_codec<with_pointers>);
  static_assert(!has_codec<with_inner>);
  static_assert(!has_codec<with_view>);
  static_assert(!has_codec<with_maybe_view>);
  static_assert(!has_codec<with_maybe_pointer>);
  static_assert(!has_codec<with_base>);
  static_assert(!has_codec<with_union>);
  static_assert(!has_codec<after_immutable>);
  static_assert(!has_codec<with_reference>);
  static_assert(!has_codec<with_constant>);
  static_assert(!has_codec<std::vector<with_pointer>>);
}

TEST(CodecMemoryTest, RefusesClosuresWithCaptures) {
  int number = 1;
  auto by_value = [number] { return number; };
  auto by_reference = [&number] { return number; };
  auto pointing = [p = &number] { return *p; };
  static_assert(std::is_trivially_copyable_v<decltype(by_value)>);
  static_assert(!has_codec<decltype(by_value)>);
  static_assert(!has_codec<decltype(by_reference)>);
  static_assert(!has_codec<decltype(pointing)>);
  EXPECT_EQ(by_value() + by_reference() + pointing(), 3);
}

class view_of_ints {
 public:
  int* begin() const;
  int* end() const;

 private:
  int* first_;
  int size_;
};
class pointer_like {
 public:
  int& operator*() const;

 private:
  int* object_;
};
class buffer_like {
 public:
  const char* data() const;

 private:
  const char* data_;
};
class owner_of_ints {
 public:
  int* begin() { return values_; }
  const int* begin() const { return values_; }

 private:
  int values_[3] = {1, 2, 3};
};

TEST(CodecMemoryTest, TellsViewsFromOwnersByTheirConst) {
  static_assert(!has_codec<view_of_ints>);
  static_assert(!has_codec<pointer_like>);
  static_assert(!has_codec<buffer_like>);
  EXPECT_EQ(round_trip(owner_of_ints()).begin()[2], 3);
}

class fixed_text {
 public:
  explicit fixed_text(std::string_view text) { text.copy(text_, sizeof(text_)); }
  const char* data() const { return text_; }

 private:
  char text_[16] = {};
};
struct label {
  fixed_text text;
  int size;
};

// Stands for something outside of its process, so its memory alone would not do.
struct ticket {
  int number = 0;
};
struct with_ticket {
  int row;
  ticket seat;
};

}  // namespace
}  // namespace offstage

template <>
struct offstage::codec<offstage::fixed_text> : offstage::memory_codec<offstage::fixed_text> {};

template <>
struct offstage::codec<offstage::ticket> {
  static void encode(byte_writer& writer, const ticket& value) { writer.write(-value.number); }
  static ticket decode(byte_reader& reader) { return {-reader.read<int>()}; }
};

namespace offstage {
namespace {

TEST(CodecMemoryTest, BelievesThePromiseOfTheUser) {
  EXPECT_STREQ(round_trip(fixed_text("mine")).data(), "mine");
  EXPECT_STREQ(round_trip(label{fixed_text("mine"), 4}).text.data(), "mine");
  static_assert(has_plain_codec<fixed_text>);
}

TEST(CodecMemoryTest, DoesNotCopyPastACodecOfTheUsersOwn) {
  EXPECT_EQ(round_trip(ticket{5}).number, 5);
  static_assert(!has_codec<with_ticket>);
}

}  // namespace
}  // namespace offstage
