// failure_words: failures in messages.
//
// Question: how is a failure written into a message and read from it?
// Zone:     pure. Hears and says only this folder's sources.
#pragma once

#include <cstddef>

#include "messages/failure.capnp.h"
#include "messages/failure.h"

namespace offstage::capnp_words {

/// Writes a failure into its place. The exception itself stays behind.
void write_failure(schema::Failure::Builder out, const failure& why);

/// Reads a failure from its place in a message of so many words.
/// @errors malformed_message.
failure failure_from(schema::Failure::Reader in, std::size_t message_words);

}  // namespace offstage::capnp_words
