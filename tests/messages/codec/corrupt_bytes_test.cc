// What arrives may be cut short, changed or made up. Whatever it is, decoding ends with a value or
// with codec_error, and never asks for more memory than the bytes at hand justify.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

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

namespace parcel {

struct box {
  int number = 0;
  std::string label;
  std::vector<box> boxes;
  std::optional<std::vector<bool>> marks;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, box& x) {
  return f(x.number, x.label, x.boxes, x.marks);
}

struct point {
  double x, y;
};

struct everything {
  bool flag = true;
  std::string text = "text";
  std::vector<int> row = {1, 2, 3};
  std::vector<bool> bits = {true, false, true};
  std::array<std::string, 2> two = {"a", "b"};
  std::map<std::string, std::optional<double>> map = {{"one", 1.0}, {"none", {}}};
  std::set<unsigned char> set = {1, 2, 250};
  std::unordered_map<int, std::u16string> hashed = {{1, u"one"}, {2, u""}};
  std::unordered_set<std::string> words = {"x", "y"};
  std::variant<std::monostate, int, std::string> choice = "chosen";
  std::unique_ptr<box> owned;
  std::list<std::monostate> empties = {{}, {}};
  std::deque<std::pair<char, long double>> pairs = {{'a', 1.5L}};
  std::chrono::milliseconds age{5};
  std::filesystem::path path = "/usr";
  std::vector<point> points = {{1, 2}};
  std::multimap<int, std::monostate> equals = {{1, {}}, {1, {}}};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, everything& x) {
  return f(x.flag, x.text, x.row, x.bits, x.two, x.map, x.set, x.hashed, x.words, x.choice, x.owned,
           x.empties, x.pairs, x.age, x.path, x.points, x.equals);
}

}  // namespace parcel

namespace offstage {
namespace {

using parcel::box;
using parcel::everything;
using parcel::point;

box filled_box() {
  box out{1, "outer", {}, std::vector<bool>{true, false, true}};
  out.boxes.push_back({2, "inner", {box{}, box{}}, {}});
  return out;
}

everything filled() {
  everything out;
  out.owned = std::make_unique<box>(filled_box());
  return out;
}

// Decodes whatever it is; the error, or nothing.
template <class T>
std::string outcome(std::span<const std::byte> encoded) {
  const auto before = requested_bytes.load();
  const auto error = decoding_error<T>(encoded);
  // The factor covers the largest element made of one byte and the growth of vectors; the
  // addend covers the text of an error.
  EXPECT_LE(requested_bytes - before, 8192 + encoded.size() * 4 * sizeof(box));
  return error;
}

template <class T>
void every_truncation_is_refused(const T& value) {
  const auto encoded = encode_to_bytes(value);
  ASSERT_EQ(outcome<T>(encoded), "");
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    // A copy of that size, so that a sanitizer sees a read beyond it.
    const bytes cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_NE(outcome<T>(cut), "") << "with " << size << " of " << encoded.size() << " bytes";
  }
  auto longer = encoded;
  longer.push_back(std::byte{0});
  EXPECT_NE(outcome<T>(longer), "");
}

template <class T>
void every_changed_byte_is_survived(const T& value) {
  const auto encoded = encode_to_bytes(value);
  auto changed = encoded;
  for (std::size_t place = 0; place < encoded.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      changed[place] = static_cast<std::byte>(byte);
      outcome<T>(changed);
    }
    changed[place] = encoded[place];
  }
}

template <class T>
void random_bytes_are_survived(unsigned seed) {
  std::mt19937 random(seed);
  for (int round = 0; round < 4000; ++round) {
    bytes made_up(random() % 200);
    // Small numbers go deeper: they pass for lengths, flags and indexes.
    const bool small = random() % 2 == 0;
    for (auto& byte : made_up) byte = static_cast<std::byte>(random() % (small ? 4 : 256));
    outcome<T>(made_up);
  }
}

TEST(CorruptBytesTest, RefusesEveryTruncation) {
  every_truncation_is_refused(filled());
  every_truncation_is_refused(filled_box());
  every_truncation_is_refused(std::vector<std::string>(20, "twenty"));
  every_truncation_is_refused(std::vector<std::monostate>(20));
  every_truncation_is_refused(std::string(300, 'x'));
  every_truncation_is_refused(std::vector<bool>(100, true));
  every_truncation_is_refused(std::vector<point>(5));
  every_truncation_is_refused(std::variant<int, std::string>("text"));
  every_truncation_is_refused(1.5L);
}

TEST(CorruptBytesTest, SurvivesEveryChangeOfAByte) {
  every_changed_byte_is_survived(filled());
  every_changed_byte_is_survived(filled_box());
  every_changed_byte_is_survived(std::vector<std::string>(4, "four"));
  every_changed_byte_is_survived(std::string(300, 'x'));
  every_changed_byte_is_survived(std::map<int, std::vector<bool>>{{1, {true}}, {2, {}}});
}

TEST(CorruptBytesTest, SurvivesWhatNobodyEncoded) {
  random_bytes_are_survived<everything>(1);
  random_bytes_are_survived<box>(2);
  random_bytes_are_survived<std::vector<box>>(3);
  random_bytes_are_survived<std::vector<std::vector<std::vector<std::monostate>>>>(4);
  random_bytes_are_survived<std::map<std::string, std::list<std::optional<bool>>>>(5);
  random_bytes_are_survived<std::vector<std::variant<std::monostate, box, std::vector<bool>>>>(6);
  random_bytes_are_survived<std::unordered_set<std::u32string>>(7);
}

TEST(CorruptBytesTest, AsksForLittleMemoryWhateverTheLength) {
  for (unsigned char high : {0x01, 0x10, 0x40, 0x7f, 0x80, 0xff}) {
    const auto lie = bytes_of({255, 0, 0, 0, 0, 0, 0, 0, high, 0, 0, 0, 0, 0});
    EXPECT_NE(outcome<std::vector<char>>(lie), "");
    EXPECT_NE(outcome<std::vector<std::string>>(lie), "");
    EXPECT_NE(outcome<std::vector<std::monostate>>(lie), "");
    EXPECT_NE(outcome<std::vector<bool>>(lie), "");
    EXPECT_NE(outcome<std::u32string>(lie), "");
    EXPECT_NE(outcome<std::list<std::tuple<>>>(lie), "");
    EXPECT_NE((outcome<std::unordered_map<int, int>>(lie)), "");
    EXPECT_NE(outcome<std::filesystem::path>(lie), "");
  }
}

}  // namespace
}  // namespace offstage
