// launch: what a process and its fork server say to each other, written and read.
//
// Question: which words make a fork server load and start something?
// Zone:     pure. Hears both of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/flat_message.h"
#include "messages/payload.h"

namespace offstage {

/// What a fork server does before it starts the first worker.
struct preload_order {
  /// What a step is.
  enum class what : std::uint8_t { library, function, symbol };

  struct step {
    std::string name;  ///< For the user.
    what kind = what::library;
    std::string text;  ///< The path of the library, or the name of the symbol in the last one.
    std::uint32_t module = 0;  ///< Where the function is.
    std::uint64_t offset = 0;
  };

  struct module {
    std::string path;  ///< Empty for the program itself.
    std::string build_id;
  };

  std::vector<step> steps;
  std::vector<module> modules;
};

/// What became of that.
struct preload_answer {
  std::vector<std::string> problems;  ///< For the user.
  std::uint32_t threads = 1;          ///< Of the server.
};

/// A worker process that is to be started.
struct launch_order {
  std::vector<std::string> environment;  ///< All of it, as NAME=VALUE.
  std::vector<int> numbers;              ///< Of the descriptors that come with the message.
  std::string working_directory;         ///< Empty: the server's.
};

/// What became of that.
struct launch_answer {
  int process = 0;  ///< 0 if there is none.
  int error = 0;    ///< The `errno` of that.
};

flat_message make_preload(const preload_order& order);
flat_message make_preloaded(const preload_answer& answer);
flat_message make_launch(const launch_order& order);
flat_message make_launched(const launch_answer& answer);

/// @errors malformed_message, each of them.
preload_order read_preload(const flat_message& message);
preload_answer read_preloaded(const flat_message& message);
launch_order read_launch(const flat_message& message);
launch_answer read_launched(const flat_message& message);

}  // namespace offstage
