// The mark of a process, in the process and in copies of it.

#include "actors/sync/process_mark.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "actors/errors/errors.h"

namespace offstage::sync {
namespace {

// What `body` returns in a copy of this process.
template <class Body>
bool in_a_copy(Body&& body) {
  const pid_t copy = fork();
  if (copy == 0) _exit(body() ? 0 : 1);
  int status = -1;
  EXPECT_EQ(waitpid(copy, &status, 0), copy);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(ProcessMarkTest, KnowsTheProcessThatMadeIt) {
  const process_mark mark;
  const process_mark copied = mark;
  EXPECT_TRUE(mark.is_this());
  EXPECT_TRUE(copied.is_this());
  EXPECT_NO_THROW(mark.require_this("call"));
}

TEST(ProcessMarkTest, KnowsACopyOfThatProcess) {
  const process_mark mark;
  EXPECT_TRUE(in_a_copy([&] { return !mark.is_this(); }));
  EXPECT_TRUE(in_a_copy([&] {
    try {
      mark.require_this("pool::submit");
      return false;
    } catch (const wrong_process& refused) {
      return std::string(refused.what()) ==
             "pool::submit: the object belongs to another process; this one is a copy of it";
    }
  }));
  EXPECT_TRUE(mark.is_this());
}

TEST(ProcessMarkTest, TellsACopyOfACopyFromBoth) {
  const process_mark first;
  EXPECT_TRUE(in_a_copy([&] {
    const process_mark second;
    return second.is_this() && in_a_copy([&] {
             const process_mark third;
             return third.is_this() && !second.is_this() && !first.is_this();
           });
  }));
}

}  // namespace
}  // namespace offstage::sync
