// mail_message: our one message type, as CAF sees it.
//
// Question: what do CAF messages of Offstage contain?
// Zone:     border. Copying one copies words or a pointer to them, never a user's value.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/router/mail.h"

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offstage::mail)
