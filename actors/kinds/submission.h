// submission: the checks that all submit functions make.
//
// Question: what does the compiler say of a wrong submission?
// Zone:     home.
#pragma once

#include <type_traits>

#include "actors/executor/executor.h"
#include "actors/kinds/idempotent.h"
#include "actors/kinds/task_body.h"

namespace offstage::detail {

// Submits what `prepare()` makes, unless the compiler has refused it already.
template <class Prepare>
auto submit_prepared(executor& executor, Prepare&& prepare) {
  if constexpr (!std::is_void_v<std::invoke_result_t<Prepare>>) return executor.submit(prepare());
}

}  // namespace offstage::detail

// Stops the compilation with one line that names the problem, and otherwise does what follows.
// A macro, because only a literal can be the text of a static_assert.
#define OFFSTAGE_CHECK_SUBMISSION(NAME, SHAPE, HINT)                                           \
  if constexpr (!std::is_constructible_v<std::decay_t<Function>, Function>) {                  \
    static_assert(::offstage::detail::never<Function>,                                         \
                  "offstage::" NAME ": the callable cannot be copied or moved into the task"); \
  } else if constexpr (!(std::is_constructible_v<std::decay_t<Args>, Args> && ...)) {          \
    static_assert(::offstage::detail::never<Function>,                                         \
                  "offstage::" NAME ": an argument cannot be copied or moved into the task");  \
  } else if constexpr (!SHAPE::callable) {                                                     \
    static_assert(::offstage::detail::never<Function>,                                         \
                  "offstage::" NAME                                                            \
                  ": the callable cannot be called with these arguments, "                     \
                  "which are copied and passed as rvalues" HINT                                \
                  " (for a reference, pass "                                                   \
                  "std::ref)");                                                                \
  } else if constexpr (std::is_rvalue_reference_v<typename SHAPE::result_type>) {              \
    static_assert(::offstage::detail::never<Function>,                                         \
                  "offstage::" NAME                                                            \
                  ": the callable returns an rvalue reference, which would "                   \
                  "dangle: return a value");                                                   \
  } else
