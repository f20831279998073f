// Messages of a user's schema as values: shared, sent, read in place, and refused when they are
// none.

#include "messages/capnp_value.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "messages/codec/all_codecs.h"
#include "tests/messages/letter.capnp.h"

namespace offstage {
namespace {

using letter = capnp_value<Letter>;

void fill(Letter::Builder out, const std::string& subject, unsigned pages, unsigned enclosed) {
  out.setSubject(subject);
  auto texts = out.initPages(pages);
  for (unsigned i = 0; i < pages; ++i) texts.set(i, subject + " " + std::to_string(i));
  auto others = out.initEnclosed(enclosed);
  for (unsigned i = 0; i < enclosed; ++i) fill(others[i], subject + "/" + std::to_string(i), 1, 0);
}

letter make(const std::string& subject, unsigned pages, unsigned enclosed = 0) {
  return letter::build([&](Letter::Builder out) { fill(out, subject, pages, enclosed); });
}

bool is_letter(Letter::Reader read, const std::string& subject, unsigned pages, unsigned enclosed) {
  if (read.getSubject() != subject.c_str() || read.getPages().size() != pages) return false;
  for (unsigned i = 0; i < pages; ++i) {
    if (read.getPages()[i] != (subject + " " + std::to_string(i)).c_str()) return false;
  }
  if (read.getEnclosed().size() != enclosed) return false;
  for (unsigned i = 0; i < enclosed; ++i) {
    if (!is_letter(read.getEnclosed()[i], subject + "/" + std::to_string(i), 1, 0)) return false;
  }
  return true;
}

// Words in memory of their own, where words may lie, and so many bytes further.
struct placed {
  std::shared_ptr<std::uint64_t[]> words;
  std::span<const std::byte> bytes;

  placed(const std::vector<std::byte>& what, std::size_t further)
      : words(new std::uint64_t[what.size() / 8 + 2]) {
    auto* const begin = reinterpret_cast<std::byte*>(words.get()) + further;
    std::copy(what.begin(), what.end(), begin);
    bytes = {begin, what.size()};
  }

  bool has(const void* place) const {
    return place >= bytes.data() && place < bytes.data() + bytes.size();
  }
};

TEST(CapnpValueTest, IsACheapCopyThatNeverChanges) {
  static_assert(has_codec<letter> && std::is_copy_assignable_v<letter>);
  static_assert(std::is_nothrow_copy_constructible_v<letter>);
  auto one = make("one", 3, 2);
  const auto two = one;
  EXPECT_EQ(one.reader().getSubject().begin(), two.reader().getSubject().begin());
  one = make("other", 0);
  EXPECT_TRUE(is_letter(two.reader(), "one", 3, 2));
  EXPECT_TRUE(is_letter(one.reader(), "other", 0, 0));
  EXPECT_EQ(two->getPages().size(), 3U);
  EXPECT_GT(two.size_bytes(), 100U);
}

TEST(CapnpValueTest, HasTheDefaultsWhenItIsMadeOfNothing) {
  const letter none;
  EXPECT_STREQ(none->getSubject().cStr(), "none");
  EXPECT_EQ(none->getPages().size(), 0U);
  const auto back = decode_from_bytes<letter>(encode_to_bytes(none));
  EXPECT_STREQ(back->getSubject().cStr(), "none");
}

TEST(CapnpValueTest, IsMadeOfABuilder) {
  auto builder = std::make_unique<capnp::MallocMessageBuilder>();
  fill(builder->initRoot<Letter>(), "built", 2, 1);
  const letter copied(*builder);
  const letter taken(std::move(builder));
  EXPECT_TRUE(is_letter(copied.reader(), "built", 2, 1));
  EXPECT_TRUE(is_letter(taken.reader(), "built", 2, 1));
  EXPECT_NE(copied->getSubject().begin(), taken->getSubject().begin());
}

TEST(CapnpValueTest, SurvivesItsCodecHoweverManySegmentsItHas) {
  for (const unsigned pages : {0U, 1U, 100U, 20000U}) {
    const auto value = make("large", pages, pages / 10);
    const auto bytes = encode_to_bytes(value);
    EXPECT_EQ(bytes.size(), encoded_size_bytes(value));
    const auto back = decode_from_bytes<letter>(bytes);
    EXPECT_TRUE(is_letter(back.reader(), "large", pages, pages / 10));
    EXPECT_EQ(back.size_bytes(), value.size_bytes());
    // And once more, from the words that came.
    EXPECT_EQ(encode_to_bytes(back), bytes);
  }
  capnp::MallocMessageBuilder many(8, capnp::AllocationStrategy::FIXED_SIZE);
  fill(many.initRoot<Letter>(), "pieces", 50, 5);
  EXPECT_GT(many.getSegmentsForOutput().size(), 10U);
  EXPECT_TRUE(is_letter(letter(many).reader(), "pieces", 50, 5));
  auto pieces =
      std::make_unique<capnp::MallocMessageBuilder>(8, capnp::AllocationStrategy::FIXED_SIZE);
  fill(pieces->initRoot<Letter>(), "pieces", 50, 5);
  const letter in_pieces(std::move(pieces));
  const auto back = decode_from_bytes<letter>(encode_to_bytes(in_pieces));
  EXPECT_TRUE(is_letter(back.reader(), "pieces", 50, 5));
  EXPECT_EQ(encode_to_bytes(back), encode_to_bytes(in_pieces));
}

TEST(CapnpValueTest, IsReadInPlaceWhereSomebodyKeepsTheBytes) {
  const auto bytes = encode_to_bytes(std::pair(std::string("before"), make("kept", 30)));
  auto whole = std::make_shared<placed>(bytes, 0);
  std::weak_ptr<placed> alive = whole;
  auto read = decode_from_bytes<std::pair<std::string, letter>>(whole->bytes, whole);
  EXPECT_TRUE(whole->has(read.second->getSubject().begin()));
  whole.reset();
  EXPECT_FALSE(alive.expired());
  auto copy = read.second;
  read.second = letter();
  EXPECT_TRUE(is_letter(copy.reader(), "kept", 30, 0));
  EXPECT_FALSE(alive.expired());
  copy = letter();
  EXPECT_TRUE(alive.expired());
}

TEST(CapnpValueTest, IsCopiedWhereItCannotStay) {
  const auto bytes = encode_to_bytes(make("copied", 30));
  for (const std::size_t further : {0U, 1U, 4U, 7U}) {
    const auto whole = std::make_shared<placed>(bytes, further);
    const auto nobody_keeps = decode_from_bytes<letter>(whole->bytes);
    EXPECT_FALSE(whole->has(nobody_keeps->getSubject().begin()));
    EXPECT_TRUE(is_letter(nobody_keeps.reader(), "copied", 30, 0));
    const auto kept = decode_from_bytes<letter>(whole->bytes, whole);
    EXPECT_EQ(whole->has(kept->getSubject().begin()), further == 0);
    EXPECT_TRUE(is_letter(kept.reader(), "copied", 30, 0));
  }
}

TEST(CapnpValueTest, MayBeReadAsOftenAsOneLikes) {
  // Cap'n Proto's own limit is 64 MiB for a reader's life.
  const auto value = make(std::string(1 << 20, 'x'), 1);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(value->getSubject().size(), 1U << 20);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([copy = value] {
      for (int j = 0; j < 100; ++j) EXPECT_EQ(copy->getPages().size(), 1U);
    });
  }
  for (auto& each : threads) each.join();
}

TEST(CapnpValueTest, RefusesBytesThatAreNoMessage) {
  const auto whole = encode_to_bytes(make("whole", 2, 1));
  const auto read = [](const std::vector<std::byte>& bytes) {
    try {
      const auto value = decode_from_bytes<letter>(bytes);
      // What is wrong further in is found when it is read.
      is_letter(value.reader(), "whole", 2, 1);
    } catch (const codec_error&) {
      return;
    } catch (const kj::Exception&) {
      return;
    }
  };
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(decode_from_bytes<letter>(std::span(whole).first(size)), codec_error) << size;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned flips : {1U, 2U, 16U, 128U, 255U}) {
      auto changed = whole;
      changed[at] ^= static_cast<std::byte>(flips);
      read(changed);
    }
  }
}

TEST(CapnpValueTest, KnowsItsSize) {
  EXPECT_GE(make(std::string(100000, 'x'), 0).size_bytes(), 100000U);
  EXPECT_LE(make(std::string(100000, 'x'), 0).size_bytes(), 101000U);
}

}  // namespace
}  // namespace offstage
