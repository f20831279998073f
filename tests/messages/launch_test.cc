// What a process and its fork server say to each other.

#include "messages/launch.h"

#include <gtest/gtest.h>

#include <functional>

namespace offstage {
namespace {

TEST(LaunchTest, IsReadAsItWasWritten) {
  preload_order order;
  order.steps.push_back({"library x", preload_order::what::library, "x.so", 0, 0});
  order.steps.push_back({"symbol y", preload_order::what::symbol, "y", 0, 0});
  order.steps.push_back({"a function", preload_order::what::function, "", 7, 1234567890123});
  order.modules.push_back({"", "0a1b"});
  order.modules.push_back({"/lib/x.so", ""});
  const auto preload = read_preload(make_preload(order));
  ASSERT_EQ(preload.steps.size(), 3U);
  EXPECT_EQ(preload.steps[0].name, "library x");
  EXPECT_EQ(preload.steps[0].kind, preload_order::what::library);
  EXPECT_EQ(preload.steps[0].text, "x.so");
  EXPECT_EQ(preload.steps[1].kind, preload_order::what::symbol);
  EXPECT_EQ(preload.steps[1].text, "y");
  EXPECT_EQ(preload.steps[2].kind, preload_order::what::function);
  EXPECT_EQ(preload.steps[2].module, 7U);
  EXPECT_EQ(preload.steps[2].offset, 1234567890123U);
  ASSERT_EQ(preload.modules.size(), 2U);
  EXPECT_EQ(preload.modules[0].build_id, "0a1b");
  EXPECT_EQ(preload.modules[1].path, "/lib/x.so");

  const auto preloaded = read_preloaded(make_preloaded({{"one", "two"}, 3}));
  EXPECT_EQ(preloaded.problems, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(preloaded.threads, 3U);

  const auto launch = read_launch(make_launch({{"A=1", "B="}, {-1, 3, 2000000}, "/tmp"}));
  EXPECT_EQ(launch.environment, (std::vector<std::string>{"A=1", "B="}));
  EXPECT_EQ(launch.numbers, (std::vector{-1, 3, 2000000}));
  EXPECT_EQ(launch.working_directory, "/tmp");

  const auto launched = read_launched(make_launched({-5, 12}));
  EXPECT_EQ(launched.process, -5);
  EXPECT_EQ(launched.error, 12);
}

// Whatever became of the words: they are read, or refused.
TEST(LaunchTest, IsReadOrRefusedWhateverItIs) {
  preload_order order;
  order.steps.push_back({"a function", preload_order::what::function, "text", 7, 8});
  order.modules.push_back({"path", "id"});
  const std::pair<flat_message, std::function<void(const flat_message&)>> all[] = {
      {make_preload(order), [](const auto& words) { read_preload(words); }},
      {make_preloaded({{"problem"}, 1}), [](const auto& words) { read_preloaded(words); }},
      {make_launch({{"A=1"}, {1, 2}, "folder"}), [](const auto& words) { read_launch(words); }},
      {make_launched({1, 2}), [](const auto& words) { read_launched(words); }},
  };
  int refused = 0;
  const auto try_words = [&](const flat_message& words, const auto& read) {
    try {
      read(words);
    } catch (const malformed_message&) {
      ++refused;
    }
  };
  for (const auto& [whole, read] : all) {
    for (std::size_t size = 0; size < whole.words().size(); ++size) {
      flat_message part(size);
      std::copy_n(whole.words().begin(), size, part.writable().begin());
      try_words(part, read);
    }
    for (std::size_t at = 0; at < whole.words().size() * sizeof(flat_message::word); ++at) {
      for (int change = 1; change < 256; ++change) {
        flat_message other(whole.words().size());
        std::copy(whole.words().begin(), whole.words().end(), other.writable().begin());
        std::as_writable_bytes(other.writable())[at] ^= static_cast<std::byte>(change);
        try_words(other, read);
      }
    }
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace offstage
