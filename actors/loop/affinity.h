// affinity: who may touch what belongs to a loop.
//
// Question: is this call at home?
// Zone:     border. Asked from any thread, answered without a lock.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "messages/functions.h"

namespace offstage {

/// The owner token of one home.
///
/// Home is a sequence: everything that happens on the thread to which the token is bound, or
/// everything that a toolkit says is inside (a strand), or everything inside a `scope` of the
/// token, whichever thread that runs on.
class affinity {
 public:
  enum class binding {
    this_thread,  ///< The constructing thread is home, inside a scope or not.
    scopes_only,  ///< Only what runs inside a scope is at home (actors).
  };

  /// Says whether the calling thread is inside a sequence at the moment; called from any thread.
  using inside_test = std::function<bool()>;

  explicit affinity(binding how) noexcept;
  /// Home is where `inside` returns true, and in scopes.
  explicit affinity(inside_test inside) noexcept : inside_(std::move(inside)) {}
  affinity(const affinity&) = delete;
  affinity& operator=(const affinity&) = delete;

  /// True if the caller is at home.
  /// @thread Any.
  bool here() const noexcept;

  /// Throws unless the caller is at home; `call` names what was called, e.g. "executor::stop".
  /// @thread Any.
  /// @errors wrong_sequence, saying what was expected and what was found.
  void require(const char* call) const {
    if (!here()) refuse(call);
  }

  /// While it lives, its thread is at this home.
  class scope {
   public:
    explicit scope(const affinity& home) noexcept;
    ~scope();
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

   private:
    friend class affinity;
    const affinity& home_;
    const scope* outer_;
  };

 private:
  [[noreturn]] void refuse(std::string_view call) const;

  std::uint64_t thread_ = 0;  // The number of the bound thread; 0 when only scopes count.
  int kernel_number_ = 0;     // What the kernel calls that thread, for texts.
  inside_test inside_;
};

}  // namespace offstage
