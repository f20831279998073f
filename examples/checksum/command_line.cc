#include "examples/checksum/command_line.h"

#include <iostream>

std::optional<command_line> read_command_line(std::string_view program, int argc, char** argv) {
  command_line out{std::make_unique<offstage::multithreading_context>(), ""};
  const auto refuse = [&](const std::string& why) {
    std::cerr << program << ": " << why << "\nusage: " << program
              << " [--context threads|processes] [FOLDER]\n";
    return std::nullopt;
  };
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string_view next = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--context" && next == "processes") {
      out.context = std::make_unique<offstage::multiprocessing_context>();
      ++i;
    } else if (word == "--context" && next == "threads") {
      ++i;
    } else if (word.starts_with("-")) {
      return refuse("cannot make sense of '" + word + "'");
    } else if (!out.folder.empty()) {
      return refuse("expected one folder, found '" + word + "' as well");
    } else {
      out.folder = word;
    }
  }
  if (out.folder.empty()) out.folder = ".";
  return out;
}
