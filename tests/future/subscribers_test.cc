#include "actors/future/subscribers.h"

#include <gtest/gtest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace offstage {
namespace {

struct quiet_config : caf::actor_system_config {
  quiet_config() { set("scheduler.policy", caf::atom("testing")); }
};

struct nothing {};

template <class Kept>
class SubscribersTest : public ::testing::Test {
 protected:
  using list = subscribers<Kept, int, nothing>;

  static caf::actor handle_of(const caf::scoped_actor& of) {
    return caf::actor_cast<caf::actor>(of);
  }

  // Who is told, as the numbers of actors.
  static std::vector<caf::actor_id> told(list& of) {
    std::vector<caf::actor_id> out;
    of.each(nullptr, 0,
            [&](const caf::strong_actor_ptr& who, nothing&, int) { out.push_back(who->id()); });
    return out;
  }

  quiet_config config;
  caf::actor_system system{config};
};

using both_kinds = ::testing::Types<caf::strong_actor_ptr, caf::weak_actor_ptr>;
TYPED_TEST_SUITE(SubscribersTest, both_kinds);

TYPED_TEST(SubscribersTest, TellsEachInTheOrderOfTheirComing) {
  caf::scoped_actor first(this->system);
  caf::scoped_actor second(this->system);
  typename TestFixture::list list;
  EXPECT_TRUE(list.empty());
  list.add(this->handle_of(first));
  list.add(this->handle_of(second));
  list.add(this->handle_of(first));
  EXPECT_EQ(this->told(list), (std::vector{first->id(), second->id(), first->id()}));
  list.remove(this->handle_of(first));
  EXPECT_EQ(this->told(list), std::vector{second->id()});
}

TYPED_TEST(SubscribersTest, ForgetsThoseWhoEndedHoweverManyCome) {
  caf::scoped_actor lasting(this->system);
  typename TestFixture::list list;
  list.add(this->handle_of(lasting));
  std::size_t most = 0;
  for (int i = 0; i < 10000; ++i) {
    caf::scoped_actor passing(this->system);
    list.add(this->handle_of(passing));
    most = std::max(most, list.size());
  }
  EXPECT_LE(most, 20U);
  EXPECT_EQ(this->told(list), std::vector{lasting->id()});
  EXPECT_EQ(list.size(), 1U);
}

// One that has ended is none, even if somebody holds it.
TYPED_TEST(SubscribersTest, TellsNoneThatEndedWhoeverHoldsIt) {
  auto ending = std::make_unique<caf::scoped_actor>(this->system);
  const auto held = this->handle_of(*ending);
  typename TestFixture::list list;
  list.add(held);
  ending = nullptr;
  EXPECT_TRUE(this->told(list).empty());
  EXPECT_TRUE(list.empty());
}

TYPED_TEST(SubscribersTest, ChangesWhileItTells) {
  caf::scoped_actor first(this->system);
  caf::scoped_actor second(this->system);
  caf::scoped_actor late(this->system);
  typename TestFixture::list list;
  list.add(this->handle_of(first));
  list.add(this->handle_of(second));
  std::vector<caf::actor_id> told;
  list.each(nullptr, 0, [&](const caf::strong_actor_ptr& who, nothing&, int) {
    told.push_back(who->id());
    if (who->id() != first->id()) return;
    list.remove(this->handle_of(first));
    list.remove(this->handle_of(second));
    list.add(this->handle_of(late));
  });
  EXPECT_EQ(told, std::vector{first->id()});
  EXPECT_EQ(this->told(list), std::vector{late->id()});
  EXPECT_EQ(list.size(), 1U);
}

class told_of_its_end final : public caf::monitorable_actor {
 public:
  told_of_its_end(caf::actor_config& config, std::function<void()> at_end)
      : caf::monitorable_actor(config), at_end_(std::move(at_end)) {}
  ~told_of_its_end() override { at_end_(); }
  void enqueue(caf::mailbox_element_ptr, caf::execution_unit*) override {}
  void end() { cleanup(caf::make_error(caf::exit_reason::normal), nullptr); }

 private:
  const std::function<void()> at_end_;
};

// Whose destructor subscribes others, when somebody has just been told.
TEST(StrongSubscribersTest, MayGrowInADestructorWhileTheyAreTold) {
  quiet_config config;
  caf::actor_system system{config};
  subscribers<caf::strong_actor_ptr, int, nothing> list;
  caf::scoped_actor late(system);
  const auto handle = caf::actor_cast<caf::actor>(late);
  caf::actor_config options;
  auto ending = caf::make_actor<told_of_its_end, caf::actor>(
      system.next_actor_id(), system.node(), &system, options, [&] {
        for (int more = 0; more < 100; ++more) list.add(handle);
      });
  for (int i = 0; i < 15; ++i) list.add(i == 0 ? ending : handle);
  static_cast<told_of_its_end*>(caf::actor_cast<caf::abstract_actor*>(ending))->end();
  ending = nullptr;
  int told = 0;
  std::function<void(const caf::strong_actor_ptr&, nothing&, int)> tell =
      [&](const caf::strong_actor_ptr&, nothing&, int what) {
        // The news within drops the one that has ended.
        if (what == 0 && ++told == 1) list.each(nullptr, 1, tell);
      };
  list.each(nullptr, 0, tell);
  EXPECT_EQ(told, 14);
  EXPECT_EQ(list.size(), 114U);
}

// As an actor does that works in its sender's thread and runs a loop there.
TYPED_TEST(SubscribersTest, TellsTheOthersFirstOfWhatCameBefore) {
  caf::scoped_actor first(this->system);
  caf::scoped_actor second(this->system);
  caf::scoped_actor third(this->system);
  typename TestFixture::list list;
  for (const auto* each : {&first, &second, &third}) list.add(this->handle_of(*each));
  std::map<caf::actor_id, std::vector<int>> told;
  std::function<void(const caf::strong_actor_ptr&, nothing&, int)> tell =
      [&](const caf::strong_actor_ptr& who, nothing&, int what) {
        told[who->id()].push_back(what);
        if (who->id() == first->id() && what < 3) list.each(nullptr, what + 1, tell);
        if (who->id() == second->id() && what == 2) list.each(nullptr, 4, tell);
      };
  list.each(nullptr, 1, tell);
  for (const auto* each : {&first, &second, &third}) {
    EXPECT_EQ(told[(*each)->id()].size(), 4U);
    EXPECT_TRUE(std::ranges::is_sorted(told[(*each)->id()]));
  }
}

}  // namespace
}  // namespace offstage
