#include "messages/prepared.h"

#include "messages/capnp_words.h"
#include "messages/failure_words.h"
#include "messages/prepared.capnp.h"

namespace offstage {

flat_message make_prepared(const std::optional<failure>& why) {
  return capnp_words::build<schema::Prepared>([&](auto out) {
    if (why) {
      capnp_words::write_failure(out.initFailed(), *why);
    } else {
      out.setReady();
    }
  });
}

std::optional<failure> read_prepared(const flat_message& message) {
  return capnp_words::read<schema::Prepared>(
      message, [&](schema::Prepared::Reader in) -> std::optional<failure> {
        switch (in.which()) {
          case schema::Prepared::READY:
            return std::nullopt;
          case schema::Prepared::FAILED:
            return capnp_words::failure_from(in.getFailed(), message.words().size());
        }
        throw malformed_message("an answer to prepare of an unknown kind");
      });
}

}  // namespace offstage
