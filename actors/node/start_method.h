// start_method: how worker processes begin.
//
// Question: what may a user choose about the start of workers?
// Zone:     pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace offstage {

/// How worker processes begin.
enum class start_method : std::uint8_t {
  /// Each is a new process that runs the program from its beginning: the constructors of global
  /// objects, then `worker_entry`. A few milliseconds.
  spawn,
  /// The first one is a process of the program that does nothing but fork the others on request,
  /// from what it has preloaded. Well below a millisecond each. Workers are children of that
  /// process, not of the application.
  forkserver,
};

/// "spawn" or "forkserver".
std::string_view to_string(start_method method) noexcept;

/// Something that a fork server does once, before it starts the first worker, so that no worker has
/// to.
/// @thread Any.
class preload_step {
 public:
  /// What a step is.
  enum class kind : std::uint8_t { library, function, symbol };

  /// Loads a shared library.
  /// @param path As for dlopen(3); a relative one is looked up in the folder that is current when
  ///   the first worker is started.
  static preload_step library(std::string path);

  /// Calls a function.
  static preload_step function(void (*function)());

  /// Calls a function of the library loaded last: one without parameters and with C linkage.
  static preload_step symbol(std::string name);

  /// What it is.
  kind what() const noexcept { return what_; }

  /// The path of a library, or the name of a symbol.
  const std::string& text() const noexcept { return text_; }

  /// The function, where it is one.
  auto code() const noexcept { return code_; }

  /// For texts.
  std::string name() const;

 private:
  preload_step(kind what, std::string text, void (*code)())
      : what_(what), text_(std::move(text)), code_(code) {}

  kind what_;
  std::string text_;
  void (*code_)();
};

/// What becomes of a pool whose fork server could not do a preload step. A step fails if it throws,
/// if a library cannot be loaded, or if it leaves a descriptor open: workers have none of those.
/// (A step that leaves a thread behind always fails the pool: nothing can be forked then.)
enum class on_preload_error : std::uint8_t {
  ignore,  ///< Nothing.
  warn,    ///< A log record of level `warning`.
  fail,    ///< No worker starts, and the tasks fail with what went wrong.
};

}  // namespace offstage
