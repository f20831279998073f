#include "actors/context/context_users.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "actors/context/multithreading_context.h"
#include "actors/errors/errors.h"

namespace offstage {
namespace {

class user final : public context_users::client {
 public:
  void context_ends() noexcept override {}
  void end_with_context() noexcept override {}
  void tell_turn() noexcept override {}
};

TEST(ContextUsersTest, ClosesWhenNobodyUsesIt) {
  const multithreading_context context;
  auto& users = *context.users();
  const auto who = std::make_shared<user>();
  users.enter(who);
  EXPECT_THROW(users.close(), context_in_use);
  EXPECT_FALSE(users.closed());
  users.leave(*who);
  EXPECT_TRUE(users.close());
  EXPECT_FALSE(users.close());
  EXPECT_TRUE(users.closed());
  EXPECT_THROW(users.enter(who), context_closed);
}

TEST(ContextUsersTest, HandsOutItsUsersOnce) {
  const multithreading_context context;
  auto& users = *context.users();
  const auto who = std::make_shared<user>();
  users.enter(who);
  context_users::clients told;
  EXPECT_TRUE(users.close_for(told));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].second.lock(), who);
  context_users::clients again;
  EXPECT_FALSE(users.close_for(again));
  EXPECT_TRUE(again.empty());
  users.leave(*who);
}

TEST(ContextUsersTest, LetsTheContextGoWhenItsCallsHaveEnded) {
  std::optional<multithreading_context> context(std::in_place);
  const auto users = context->users();
  std::optional<context_users::call> call(users->use("a test"));
  EXPECT_EQ(&**call, &*context);
  auto going = std::async(std::launch::async, [&] { context.reset(); });
  EXPECT_EQ(going.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  EXPECT_THROW(users->use("a test"), context_closed);
  call.reset();
  going.get();
  EXPECT_THROW(users->use("a test"), context_closed);
}

}  // namespace
}  // namespace offstage
