// prepared: the answer of a worker process to `prepare`, written and read.
//
// Question: may a worker process be given tasks?
// Zone:     pure. Hears the worker process (writing) and its parent (reading).
#pragma once

#include <optional>

#include "messages/failure.h"
#include "messages/flat_message.h"

namespace offstage {

/// As words.
/// @param why What the initializer raised; none: the worker is ready.
flat_message make_prepared(const std::optional<failure>& why);

/// From words.
/// @errors malformed_message if they are something else.
std::optional<failure> read_prepared(const flat_message& message);

}  // namespace offstage
