// observer_call: an observer of any shape, called with what it takes.
//
// Question: what does an observer take?
// Zone:     home.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "actors/future/future_core.h"
#include "actors/ref/ref.h"
#include "messages/functions.h"

namespace offstage::detail {

// What an observer is called with. The value is what the event brings: the state, the result, the
// failure, an item, a report, a message.
enum class observer_takes : std::uint8_t { nothing, future, value, both, something_else };

// What one that would take anything (`const auto&`) is called with: the future, which can be asked
// for all that it keeps, or a value that the future does not keep.
enum class generic_takes : std::uint8_t { future, value };

template <class Observer, class... Args>
inline constexpr bool observer_takes_these = std::is_invocable_v<Observer&, Args...>;

// There is no value of type void.
template <class Observer>
inline constexpr bool observer_takes_these<Observer, void> = false;
template <class Observer, class Future>
inline constexpr bool observer_takes_these<Observer, Future, void> = false;

// Which of the forms fits that are the same for all events.
template <class Observer, class Future, class Value>
constexpr observer_takes other_shape() {
  if constexpr (observer_takes_these<Observer, const Future&, Value>) {
    return observer_takes::both;
  } else if constexpr (observer_takes_these<Observer>) {
    return observer_takes::nothing;
  } else {
    return observer_takes::something_else;
  }
}

// No form is asked for after one that fits: asking instantiates generic bodies, which may compile
// with one of them only.
template <generic_takes Generic, class Observer, class Future, class Value>
constexpr observer_takes observer_shape() {
  if constexpr (Generic == generic_takes::future) {
    if constexpr (observer_takes_these<Observer, const Future&>) {
      return observer_takes::future;
    } else if constexpr (observer_takes_these<Observer, Value>) {
      return observer_takes::value;
    } else {
      return other_shape<Observer, Future, Value>();
    }
  } else {
    if constexpr (observer_takes_these<Observer, Value>) {
      return observer_takes::value;
    } else if constexpr (observer_takes_these<Observer, const Future&>) {
      return observer_takes::future;
    } else {
      return other_shape<Observer, Future, Value>();
    }
  }
}

// An observer with its shape; `Value` is what the event's value is passed as, `void` if it
// has none.
template <generic_takes Generic, class Future, class Value, class Observer>
class observer_call {
 public:
  explicit observer_call(Observer observer) : observer_(std::move(observer)) {
    static_assert(takes != observer_takes::something_else,
                  "offstage: an observer takes nothing, the future, what the event brings (state, "
                  "result, failure, item, report or message), or the future and that, by value or "
                  "const&");
  }

  // `read()` is asked for the value only if the observer takes it.
  template <class Read>
  void operator()([[maybe_unused]] future_core& core, [[maybe_unused]] const Read& read) {
    if constexpr (takes == observer_takes::nothing) {
      detail::invoke(observer_);
    } else if constexpr (takes == observer_takes::future) {
      const Future future{ref<future_core>(&core)};
      detail::invoke(observer_, future);
    } else if constexpr (takes == observer_takes::value) {
      detail::invoke(observer_, read());
    } else if constexpr (takes == observer_takes::both) {
      const Future future{ref<future_core>(&core)};
      detail::invoke(observer_, future, read());
    }
  }

 private:
  static constexpr observer_takes takes = observer_shape<Generic, Observer, Future, Value>();

  Observer observer_;
};

}  // namespace offstage::detail
