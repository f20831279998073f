// callback: a user's function, kept until it is called.
//
// Question: how is a function of any type, also a move-only one, stored, and who may call it?
// Zone:     pure.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "actors/loop/calling_out.h"

namespace offstage {

/// Functions that can be called with `Args...`, other than an `Owner` itself.
template <class Function, class Owner, class... Args>
concept calls_with = !std::is_same_v<std::remove_cvref_t<Function>, Owner> &&
                     std::is_invocable_v<std::decay_t<Function>&, Args...>;

/// A move-only owner of a function that takes `Args...` and whose result is ignored.
template <class... Args>
class callback {
 public:
  callback() noexcept = default;
  template <calls_with<callback, Args...> Function>
  callback(Function&& function)
      : held_(std::make_unique<model<std::decay_t<Function>>>(std::forward<Function>(function))) {}

  explicit operator bool() const noexcept { return held_ != nullptr; }

  /// Calls the function, which a `calling_out` allows.
  /// @errors What the function throws.
  void operator()(const calling_out&, Args... args) { held_->call(std::forward<Args>(args)...); }

 private:
  struct concept_type {
    virtual ~concept_type() = default;
    virtual void call(Args... args) = 0;
  };

  template <class Function>
  struct model final : concept_type {
    explicit model(Function function) : function_(std::move(function)) {}
    void call(Args... args) override { function_(std::forward<Args>(args)...); }
    Function function_;
  };

  std::unique_ptr<concept_type> held_;
};

}  // namespace offstage
