// log_message: a log record on its way to another process, written and read.
//
// Question: how does a record cross?
// Zone:     pure. Hears the worker process (writing) and its parent (reading).
#pragma once

#include "messages/flat_message.h"
#include "messages/log_record.h"
#include "messages/payload.h"

namespace offstage {

/// As words.
flat_message make_log_message(const log_record& record);

/// From words, in which the text stays.
/// @errors malformed_message if they are something else.
log_record read_log_message(const flat_message& message);

}  // namespace offstage
