// describe_exception: any exception as a failure.
//
// Question: what can be said about what was thrown?
// Zone:     away. Hears the task that caught it, says a failure.
#pragma once

#include <exception>
#include <string_view>

#include "messages/failure.h"

namespace offstage {

/// Type, text and nested causes of an exception of any type, std::exception or not.
///
/// A null pointer is what std::current_exception() gives in a handler of an exception that another
/// language has raised: the kind is `infrastructure` then. Otherwise it is `raised`, or
/// `out_of_memory` for a std::bad_alloc that is no std::bad_array_new_length. Works outside of any
/// handler, from the object alone. At most 64 causes and 64 KiB of each text are kept.
/// @thread Any.
/// @errors Nothing but std::bad_alloc.
failure describe_exception(std::exception_ptr thrown);

/// The failure of a task at whose value a codec threw: of the kind `encoding`, unless memory ran
/// out.
/// @param where What was being done, for the text: "while a result was read".
/// @thread Any.
failure describe_codec_failure(std::exception_ptr thrown, std::string_view where);

}  // namespace offstage
