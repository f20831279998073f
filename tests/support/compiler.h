// compiler: programs that are not to compile.
//
// Question: what does the compiler say of this program?
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace offstage::testing {

/// Compiles a program, with the project's root as include folder; what the compiler printed, or
/// nothing if it had nothing to say.
/// @param compiler The command, with flags; empty for the one that this was compiled with.
std::string compile(const std::string& program, const std::string& compiler = "");

/// What the compiler printed is one error, whose line contains the text.
::testing::AssertionResult is_one_error(const std::string& printed, const std::string& text);

}  // namespace offstage::testing
