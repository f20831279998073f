// With CAF itself: its annotations, its callbacks, and its own types.

#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <caf/ipv6_address.hpp>
#include <caf/meta/hex_formatted.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/omittable.hpp>
#include <caf/meta/omittable_if_empty.hpp>
#include <caf/meta/save_callback.hpp>
#include <caf/meta/type_name.hpp>
#include <limits>
#include <string>
#include <vector>

#include "tests/messages/codec/codec_checks.h"

namespace weather {

struct reading {
  int sensor = 0;
  std::vector<double> values;
  std::string note;
  bool operator==(const reading&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reading& x) {
  return f(caf::meta::type_name("reading"), caf::meta::hex_formatted(), x.sensor, x.values,
           caf::meta::omittable_if_empty(), x.note, caf::meta::omittable());
}

// Keeps a property behind functions, and notes which callback ran.
class thermometer {
 public:
  int degrees() const { return degrees_; }
  void set_degrees(int value) { degrees_ = value; }
  int saved = 0;
  int loaded = 0;

 private:
  int degrees_ = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, thermometer& x) {
  auto degrees = x.degrees();
  auto load = caf::meta::load_callback([&]() -> caf::error {
    if (degrees < -273) return caf::make_error(caf::sec::invalid_argument, "below absolute zero");
    x.set_degrees(degrees);
    ++x.loaded;
    return caf::none;
  });
  auto save = caf::meta::save_callback([&]() -> caf::error {
    if (degrees > 1000) return caf::make_error(caf::sec::invalid_argument, "too hot");
    ++x.saved;
    return caf::none;
  });
  return f(caf::meta::type_name("thermometer"), save, degrees, load);
}

struct contact {
  int number = 0;
  caf::actor who;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, contact& x) {
  return f(x.number, x.who);
}

}  // namespace weather

namespace offstage {
namespace {

using namespace weather;

TEST(CodecInspectCafTest, SkipsAnnotations) {
  EXPECT_TRUE(survives(reading{7, {1.5, std::numeric_limits<double>::infinity()}, "calm"}));
  EXPECT_EQ(encode_to_bytes(reading{7, {}, "calm"}).size(), 4 + 1 + 5U);
}

TEST(CodecInspectCafTest, CallsTheCallbackOfItsDirection) {
  thermometer value;
  value.set_degrees(21);
  const auto encoded = encode_to_bytes(value);
  EXPECT_EQ(value.saved, 1);
  EXPECT_EQ(value.loaded, 0);
  const auto arrived = decode_from_bytes<thermometer>(encoded);
  EXPECT_EQ(arrived.degrees(), 21);
  EXPECT_EQ(arrived.saved, 0);
  EXPECT_EQ(arrived.loaded, 1);
}

TEST(CodecInspectCafTest, MakesAnErrorOfACallbackACodecError) {
  thermometer value;
  value.set_degrees(5000);
  EXPECT_NE(encoding_error(value).find("too hot"), std::string::npos);
  EXPECT_NE(decoding_error<thermometer>(encode_to_bytes(-300)).find("below absolute zero"),
            std::string::npos);
}

TEST(CodecInspectCafTest, TakesPlainTypesOfCaf) {
  EXPECT_TRUE(survives(caf::ipv6_address({1, 2}, {3, 4})));
  EXPECT_TRUE(survives(caf::optional<int>(3)));
  EXPECT_TRUE(survives(caf::timespan(5)));
  EXPECT_TRUE(survives(caf::sec::request_timeout));
  EXPECT_TRUE(survives(caf::atom("five")));
}

TEST(CodecInspectCafTest, RefusesWhatBelongsToAnActorSystem) {
  static_assert(!has_codec<caf::actor>);
  static_assert(!has_codec<caf::actor_addr>);
  static_assert(!has_codec<caf::strong_actor_ptr>);
  static_assert(!has_codec<caf::weak_actor_ptr>);
  static_assert(!has_codec<caf::typed_actor<caf::replies_to<int>::with<int>>>);
  static_assert(!has_codec<caf::error>);
  static_assert(!has_codec<caf::group>);
  static_assert(!has_codec<caf::message>);
  static_assert(!has_codec<caf::node_id>);
  static_assert(!has_codec<caf::down_msg>);
  static_assert(!has_codec<caf::exit_msg>);
  EXPECT_NE(encoding_error(contact()).find("encoding caf::actor: "), std::string::npos);
}

}  // namespace
}  // namespace offstage
