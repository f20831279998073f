#include "examples/wx_slow_squares/options.h"

#include <charconv>
#include <stdexcept>
#include <string>

namespace slow_squares {
namespace {

template <class Number>
std::optional<Number> number_in(std::string_view text, Number least, Number most) {
  Number number{};
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  // Not a number is not between two.
  const bool good = read.ec == std::errc() && read.ptr == end && number >= least && number <= most;
  return good ? std::optional(number) : std::nullopt;
}

}  // namespace

const std::string_view help_text = R"(Squares numbers slowly, in a window.

usage: wx_slow_squares [--context threads|processes] [--workers N] [--time-limit SECONDS]
                       [--failing SHARE] [--busy] [--stubborn] [NUMBER...]

--busy computes rather than waits; --stubborn goes on when it is cancelled, until its time is over.
)";

std::optional<int> input_in(std::string_view text) { return number_in(text, 0, input_max); }

options parse_options(int argc, char** argv) {
  options out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help" || word == "-h") {
      out.help = true;
      return out;
    }
    if (word == "--busy" || word == "--stubborn") {
      (word == "--busy" ? out.conditions.busy : out.conditions.stubborn) = true;
      continue;
    }
    if (const auto input = input_in(word)) {
      out.inputs.push_back(*input);
      continue;
    }
    const bool known =
        word == "--context" || word == "--workers" || word == "--time-limit" || word == "--failing";
    if (!known) {
      throw std::runtime_error("expected an option or a number, found '" + std::string(word) + "'");
    }
    const std::string_view value = ++i < argc ? argv[i] : "";
    const auto require = [&](bool good, const char* expected) {
      if (good) return;
      throw std::runtime_error(std::string(word) + ": expected " + expected + ", found '" +
                               std::string(value) + "'");
    };
    if (word == "--context") {
      require(value == "threads" || value == "processes", "threads or processes");
      out.context = value == "threads" ? workplace::threads : workplace::processes;
    } else if (word == "--workers") {
      out.workers = number_in(value, 1, 256);
      require(out.workers.has_value(), "a number from 1 to 256");
    } else {
      const bool failing = word == "--failing";
      const auto number = number_in(value, 0.0, failing ? 1.0 : 3600.0);
      require(number.has_value(), failing ? "a share from 0 to 1" : "seconds from 0 to 3600");
      (failing ? out.conditions.failing_share : out.conditions.time_limit_s) = *number;
    }
  }
  return out;
}

}  // namespace slow_squares
