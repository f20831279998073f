// The socket between a process and its fork server.

#include "actors/node/fork_link.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace offstage {
namespace {

std::pair<descriptor, descriptor> make_sockets() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {descriptor(ends[0]), descriptor(ends[1])};
}

flat_message words_of(std::size_t size) {
  flat_message out(size);
  for (std::size_t i = 0; i < size; ++i) out.writable()[i] = i * i;
  return out;
}

bool same(const flat_message& left, const flat_message& right) {
  return std::equal(left.words().begin(), left.words().end(), right.words().begin(),
                    right.words().end());
}

ino_t file_of(int number) {
  struct stat out;
  EXPECT_EQ(::fstat(number, &out), 0);
  return out.st_ino;
}

class ForkLinkTest : public ::testing::Test {
 protected:
  ForkLinkTest() : ForkLinkTest(make_sockets()) {}
  explicit ForkLinkTest(std::pair<descriptor, descriptor> ends)
      : raw(ends.first.get()), near(std::move(ends.first)), far(std::move(ends.second)) {}

  const int raw;
  fork_link near;
  fork_link far;
};

TEST_F(ForkLinkTest, CarriesMessagesWithTheirDescriptors) {
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  const descriptor reads(pipe[0]);
  const descriptor writes(pipe[1]);
  ASSERT_TRUE(near.send(words_of(3)));
  ASSERT_TRUE(near.send(words_of(1000), pipe));
  ASSERT_TRUE(near.send(words_of(1), std::span(pipe, 1)));
  const auto first = far.receive();
  ASSERT_TRUE(first);
  EXPECT_TRUE(same(first->words, words_of(3)));
  EXPECT_TRUE(first->enclosed.empty());
  const auto second = far.receive();
  ASSERT_TRUE(second);
  EXPECT_TRUE(same(second->words, words_of(1000)));
  ASSERT_EQ(second->enclosed.size(), 2U);
  EXPECT_EQ(file_of(second->enclosed[0].get()), file_of(pipe[0]));
  EXPECT_EQ(file_of(second->enclosed[1].get()), file_of(pipe[1]));
  const auto third = far.receive();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->enclosed.size(), 1U);
  EXPECT_TRUE(third->complete);
}

TEST_F(ForkLinkTest, CarriesMoreThanTheSocketHolds) {
  const auto large = words_of(1 << 20);
  const int enclosed[] = {STDIN_FILENO};
  std::thread sending([&] { EXPECT_TRUE(near.send(large, enclosed)); });
  const auto got = far.receive();
  sending.join();
  ASSERT_TRUE(got);
  EXPECT_TRUE(same(got->words, large));
  EXPECT_EQ(got->enclosed.size(), 1U);
}

TEST_F(ForkLinkTest, TellsThatDescriptorsAreMissing) {
  const int enclosed[] = {raw, raw, raw, raw};
  ASSERT_TRUE(near.send(words_of(2), enclosed));
  ASSERT_TRUE(near.send(words_of(3)));
  rlimit usual;
  ::getrlimit(RLIMIT_NOFILE, &usual);
  const descriptor last(::dup(raw));
  rlimit few = usual;
  few.rlim_cur = static_cast<rlim_t>(last.get()) + 2;  // Room for one.
  ::setrlimit(RLIMIT_NOFILE, &few);
  const auto got = far.receive();
  ::setrlimit(RLIMIT_NOFILE, &usual);
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->complete);
  EXPECT_LT(got->enclosed.size(), 4U);
  EXPECT_TRUE(same(got->words, words_of(2)));
  // The next message is not touched by that.
  const auto next = far.receive();
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->complete);
  EXPECT_TRUE(same(next->words, words_of(3)));
}

TEST_F(ForkLinkTest, EndsWithItsOtherEnd) {
  ASSERT_TRUE(near.send(words_of(2)));
  ::shutdown(raw, SHUT_RDWR);
  EXPECT_TRUE(far.receive());
  EXPECT_FALSE(far.receive());
  EXPECT_FALSE(far.send(words_of(2)));
}

TEST_F(ForkLinkTest, WaitsNoLongerThanItWasToldTo) {
  EXPECT_FALSE(far.receive(std::chrono::milliseconds(1)));
  ASSERT_TRUE(near.send(words_of(2)));
  EXPECT_TRUE(far.receive(std::chrono::milliseconds(60000)));
}

TEST_F(ForkLinkTest, TakesNoMessageOfAnImpossibleSize) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
    auto [ours, theirs] = make_sockets();
    ASSERT_EQ(::write(ours.get(), &size, sizeof size), static_cast<ssize_t>(sizeof size));
    EXPECT_FALSE(fork_link(std::move(theirs)).receive());
  }
}

}  // namespace
}  // namespace offstage
