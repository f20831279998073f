// The place where a thread waits.

#include "actors/sync/parking_place.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace offstage::sync {
namespace {

TEST(ParkingPlaceTest, DoesNotWaitForWhatCameBefore) {
  parking_place place;
  place.go_on();
  place.wait();
  // Telling twice is telling once.
  place.go_on();
  place.go_on();
  place.wait();
}

TEST(ParkingPlaceTest, PassesEachTurnAndWhatWasWrittenBefore) {
  constexpr int turns = 100'000;
  parking_place here;
  parking_place there;
  int number = 0;
  std::thread other([&] {
    for (int i = 0; i < turns; ++i) {
      there.wait();
      ++number;
      here.go_on();
    }
  });
  for (int i = 0; i < turns; ++i) {
    ASSERT_EQ(number, 2 * i);
    ++number;
    there.go_on();
    here.wait();
  }
  other.join();
  EXPECT_EQ(number, 2 * turns);
}

TEST(ParkingPlaceTest, FindsWhatCameWhileItLooks) {
  parking_place place;
  EXPECT_FALSE(place.look(std::chrono::nanoseconds(1)));
  place.go_on();
  EXPECT_TRUE(place.look(std::chrono::nanoseconds(1)));
  // Looking takes nothing: the wait that follows ends for it.
  place.wait();
  std::thread other([&] { place.go_on(); });
  EXPECT_TRUE(place.look(std::chrono::minutes(1)));
  place.wait();
  other.join();
  EXPECT_FALSE(place.look(std::chrono::nanoseconds(1)));
}

}  // namespace
}  // namespace offstage::sync
