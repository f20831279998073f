// step_of: the report of a task in steps, wherever it is.
//
// Question: is the report in the message, or fetched as the latest one?
// Zone:     home.
#pragma once

#include "actors/router/mail.h"
#include "messages/state_message.h"

namespace offstage {

/// Where a task in steps is, by the words of a message and what travelled with them; the answer
/// points into either.
/// @errors malformed_message if they are no message.
step_report step_of(const flat_message& words, attachment* beside);

}  // namespace offstage
