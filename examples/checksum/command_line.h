// The command line of the two progress dialogs: [--context threads|processes] [FOLDER].
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/offstage.h"

struct command_line {
  std::unique_ptr<offstage::parallel_context> context;  ///< Where files are read.
  std::string folder;                                   ///< Whose files.
};

/// Reads it. Of what makes no sense, stderr says so in the program's name, and nothing is returned.
std::optional<command_line> read_command_line(std::string_view program, int argc, char** argv);
