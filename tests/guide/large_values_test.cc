// What docs/guide/large-values.md quotes.

#include <gtest/gtest.h>

#include <string>

#include "actors/offstage.h"
#include "messages/capnp_value.h"
#include "tests/guide/terrain.capnp.h"

namespace {

using terrain = offstage::capnp_value<Terrain>;

terrain make_terrain(std::string name, unsigned points) {
  return terrain::build([&](Terrain::Builder out) {
    out.setName(name);
    auto heights = out.initHeights(points);
    for (unsigned i = 0; i < points; ++i) heights.set(i, 0.5f * static_cast<float>(i));
  });
}

double mean_height(const terrain& map) {
  double sum = 0;
  for (const float each : map->getHeights()) sum += each;
  return sum / map->getHeights().size();
}

TEST(LargeValuesGuideTest, ReadsAResultInPlaceAndSendsItAgain) {
  offstage::manual_loop loop;
  offstage::multiprocessing_context context;
  offstage::executor executor{loop, context};

  auto future = offstage::submit_call(executor, make_terrain, "alps", 1000000u);
  loop.run_until(future);
  const terrain alps = future.result();
  float highest = alps->getHeights()[999999];

  EXPECT_EQ(highest, 0.5f * 999999);
  EXPECT_STREQ(alps->getName().cStr(), "alps");
  auto mean = offstage::submit_call(executor, mean_height, alps);
  loop.run_until(mean);
  EXPECT_DOUBLE_EQ(mean.result(), mean_height(alps));
}

TEST(LargeValuesGuideTest, DoesTheSameWithWorkersThatAreNotTrusted) {
  offstage::manual_loop loop;
  offstage::multiprocessing_context context{{.untrusted_workers = true}};
  offstage::executor executor{loop, context};
  auto future = offstage::submit_call(executor, make_terrain, "alps", 1000000u);
  loop.run_until(future);
  EXPECT_EQ(future.result()->getHeights().size(), 1000000u);
}

}  // namespace
