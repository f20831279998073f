#include "actors/node/start_method.h"

#include <utility>

#include "actors/errors/errors.h"

namespace offstage {

std::string_view to_string(start_method method) noexcept {
  return method == start_method::spawn ? "spawn" : "forkserver";
}

preload_step preload_step::library(std::string path) {
  if (path.empty()) {
    throw invalid_options("preload_step::library: expected a path, found an empty one");
  }
  return {kind::library, std::move(path), nullptr};
}

preload_step preload_step::function(void (*function)()) {
  if (function == nullptr) {
    throw invalid_options("preload_step::function: expected a function, found a null pointer");
  }
  return {kind::function, {}, function};
}

preload_step preload_step::symbol(std::string name) {
  if (name.empty()) {
    throw invalid_options("preload_step::symbol: expected a name, found an empty one");
  }
  return {kind::symbol, std::move(name), nullptr};
}

std::string preload_step::name() const {
  switch (what_) {
    case kind::library:
      return "library " + text_;
    case kind::symbol:
      return "symbol " + text_;
    case kind::function:
      return "a function";
  }
  return {};
}

}  // namespace offstage
