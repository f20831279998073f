#include "tests/support/compiler.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace offstage::testing {

std::string compile(const std::string& program, const std::string& compiler) {
  const auto* folder = std::getenv("TEST_TMPDIR");
  const auto source = std::string(folder != nullptr ? folder : "/tmp") + "/program_" +
                      std::to_string(getpid()) + ".cc";
  std::ofstream(source) << program;
  const auto* usual = std::getenv("CXX");
  const auto command = (compiler.empty() ? (usual != nullptr ? usual : "g++") : compiler) +
                       " -std=c++20 -fsyntax-only -I. " + source + " 2>&1";
  std::string printed;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::array<char, 4096> buffer;
  while (const auto size = fread(buffer.data(), 1, buffer.size(), pipe)) {
    printed.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  std::remove(source.c_str());
  if (status == 0) return "";
  return printed.empty() ? "the compiler failed without a word" : printed;
}

::testing::AssertionResult is_one_error(const std::string& printed, const std::string& text) {
  if (printed.empty()) return ::testing::AssertionFailure() << "it compiles";
  const auto error = printed.find("error: ");
  const auto line = printed.substr(error, printed.find('\n', error) - error);
  if (line.find(text) == std::string::npos || printed.find("error: ", error + 1) != printed.npos) {
    return ::testing::AssertionFailure() << "expected '" << text << "' alone, found:\n" << printed;
  }
  return ::testing::AssertionSuccess();
}

}  // namespace offstage::testing
