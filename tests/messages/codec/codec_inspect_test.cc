// Without a header of CAF: the annotations are stand-ins with the names that CAF gives them.

#include "messages/codec/codec_inspect.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace farm {

struct cow {
  std::string name;
  double weight = 0;
  int legs[4] = {1, 2, 3, 4};
  bool operator==(const cow&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cow& x) {
  return f(x.name, x.weight, x.legs);
}

struct herd {
  std::map<std::string, cow> cows;
  std::vector<herd> calves;
  bool operator==(const herd&) const = default;
};

template <class Inspector>
auto inspect(Inspector& f, herd& x) {
  return f(x.cows, x.calves);
}

struct barn {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, barn&) {
  return f();
}

// Trivially copyable, but the overload leaves out what means nothing elsewhere.
struct fence {
  int length = 0;
  const char* cache = nullptr;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, fence& x) {
  return f(x.length);
}

struct gate {
  int number = 0;
  int* lock = nullptr;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, gate& x) {
  return f(x.number, x.lock);
}

struct wolf {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector&, wolf&) {
  throw std::domain_error("wolves are not inspected");
}

// Says failure in one step, as a callback's error does.
struct complaint {
  explicit operator bool() const { return true; }
};
std::string to_string(complaint) { return "the ewe is out"; }

struct ewe {
  int number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ewe& x) {
  if (auto failed = f(x.number)) return failed;
  if (x.number < 0) return complaint();
  return {};
}

struct of_another_library {
  int number = 0;
  std::string text;
};

template <class Inspector>
bool inspect(Inspector& f, of_another_library& x) {
  return f.object(x).fields(f.field("number", x.number));
}

// Keeps its parts behind a reference, so that it can only be inspected where it is.
struct saddle {
  int& straps;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, saddle& x) {
  return f(x.straps);
}

struct horse {
  int straps = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, horse& x) {
  saddle on{x.straps};
  return f(on);
}

struct unmakeable {
  explicit unmakeable(int);
  std::string text;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, unmakeable& x) {
  return f(x.text);
}

// Lists a temporary, which is good for printing only.
class egg {
 public:
  std::string weight() const { return "60 g"; }
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, egg& x) {
    return f(x.weight());
  }
};

}  // namespace farm

namespace offstage {
namespace {

using namespace farm;

TEST(CodecInspectTest, RoundTripsTheMembersThatAnOverloadLists) {
  EXPECT_TRUE(survives(cow{"Elsa", 640.5, {4, 3, 2, 1}}));
  EXPECT_TRUE(survives(std::vector<cow>{{"Elsa", 1}, {"Berta", 2}}));
  EXPECT_TRUE(survives(herd{{{"a", {"Elsa", 1}}}, {herd{{}, {herd()}}, herd()}}));
  EXPECT_EQ(encode_to_bytes(cow{"Elsa"}).size(), 5 + 8 + 4 * sizeof(int));
}

TEST(CodecInspectTest, RoundTripsAnOverloadThatListsNothing) {
  EXPECT_TRUE(encode_to_bytes(barn()).empty());
  EXPECT_EQ(round_trip(std::vector<barn>(3)).size(), 3U);
}

TEST(CodecInspectTest, PrefersTheOverloadToTheMemory) {
  const char text[] = "cache";
  const auto arrived = round_trip(fence{5, text});
  EXPECT_EQ(arrived.length, 5);
  EXPECT_EQ(arrived.cache, nullptr);
}

TEST(CodecInspectTest, RefusesToEncodeAListedMemberWithoutACodec) {
  static_assert(has_codec<gate>);
  // The name of the type is the compiler's own, "int*" or "int *".
  EXPECT_EQ(encoding_error(gate()).substr(0, 12), "encoding int");
  EXPECT_NE(encoding_error(gate()).find(": a member of this type is inspected but has no codec"),
            std::string::npos);
  EXPECT_NE(decoding_error<gate>(bytes(4)), "");
}

TEST(CodecInspectTest, InspectsInPlaceWhatCannotBeMade) {
  static_assert(!has_codec<saddle>);
  EXPECT_EQ(round_trip(horse{8}).straps, 8);
}

TEST(CodecInspectTest, RefusesToDecodeIntoATemporary) {
  EXPECT_NE(decoding_error<egg>(encode_to_bytes(egg())).find("a constant or a temporary"),
            std::string::npos);
}

TEST(CodecInspectTest, LetsExceptionsOfTheOverloadThrough) {
  EXPECT_THROW(encode_to_bytes(wolf()), std::domain_error);
  EXPECT_THROW(decode_from_bytes<wolf>({}), std::domain_error);
}

TEST(CodecInspectTest, MakesAFailureOfTheOverloadACodecError) {
  EXPECT_EQ(round_trip(ewe{3}).number, 3);
  EXPECT_EQ(encoding_error(ewe{-3}),
            "encoding farm::ewe: its inspect overload failed: the ewe is out");
  EXPECT_EQ(decoding_error<ewe>(encode_to_bytes(-3)),
            "decoding farm::ewe: expected members that its inspect overload takes, found an error: "
            "the ewe is out");
}

TEST(CodecInspectTest, LeavesOverloadsOfOtherKindsAlone) {
  static_assert(!has_codec<of_another_library>);
  static_assert(!has_codec<unmakeable>);
}

}  // namespace
}  // namespace offstage
